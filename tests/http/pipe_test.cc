#include "http/pipe.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace qp::http {
namespace {

class PipeTest : public testing::Test {
 protected:
  static std::string peeked(const Pipe& pipe, uint64_t bytes_max = ~uint64_t{0}, size_t entries = 64) {
    std::vector<Bytes> out(entries);
    const size_t count = pipe.peek(out, bytes_max);
    std::string text;
    for (const Bytes& bytes : std::span(out).first(count)) {
      EXPECT_FALSE(bytes.empty());
      text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return text;
  }

  BlockPool pool_;
};

TEST_F(PipeTest, StartsEmptyWithAllItsRoom) {
  const Pipe pipe(100);

  EXPECT_EQ(pipe.room(), 100U);
  EXPECT_EQ(pipe.ready(), 0U);
  EXPECT_FALSE(pipe.is_ended());
  EXPECT_FALSE(pipe.is_finished());
  EXPECT_EQ(peeked(pipe), "");
  EXPECT_EQ(pipe.trailers(), nullptr);
}

TEST_F(PipeTest, PeekShowsWithoutTaking) {
  Pipe pipe(100);
  pipe.push(pool_.copy("hello "));
  pipe.push(Slice::of_static("world"));

  EXPECT_EQ(peeked(pipe), "hello world");
  EXPECT_EQ(peeked(pipe, 8), "hello wo");
  EXPECT_EQ(peeked(pipe, 100, 1), "hello ");
  EXPECT_EQ(pipe.ready(), 11U);
}

TEST_F(PipeTest, RoomIsWhatTheLimitLeaves) {
  Pipe pipe(10);
  pipe.push(pool_.copy("1234567"));
  EXPECT_EQ(pipe.room(), 3U);
  pipe.push(pool_.copy("89"));
  EXPECT_EQ(pipe.room(), 1U);
  pipe.push(pool_.copy("AB"));
  EXPECT_EQ(pipe.room(), 0U) << "one past the limit";
  pipe.take(2);
  EXPECT_EQ(pipe.room(), 1U);
}

TEST_F(PipeTest, WhatIsTakenBecomesCreditOnce) {
  Pipe pipe(10);
  pipe.push(pool_.copy("12345"));
  EXPECT_EQ(pipe.take_credit(), 0U);
  pipe.take(3);
  EXPECT_EQ(pipe.take_credit(), 3U);
  EXPECT_EQ(pipe.take_credit(), 0U);
}

TEST_F(PipeTest, IsFinishedWhenEndedAndTaken) {
  Pipe pipe(10);
  pipe.push(pool_.copy("12"));
  pipe.end();
  EXPECT_TRUE(pipe.is_ended());
  EXPECT_FALSE(pipe.is_finished());
  pipe.take(2);
  EXPECT_TRUE(pipe.is_finished());
}

TEST_F(PipeTest, KeepsTrailersButNotAnEmptyList) {
  Trailers trailers;
  trailers.add("x-sum", "1");
  Pipe with(10);
  with.end(std::move(trailers));
  Pipe without(10);
  without.end(Trailers());

  ASSERT_NE(with.trailers(), nullptr);
  EXPECT_EQ(with.trailers()->find("x-sum"), "1");
  EXPECT_EQ(without.trailers(), nullptr);
}

TEST_F(PipeTest, TakeSliceCutsAtItsLimitAndAtSlices) {
  Pipe pipe(100);
  pipe.push(Slice::of_static("hello "));
  pipe.push(Slice::of_static("world"));

  EXPECT_EQ(pipe.take_slice(4).text(), "hell");
  EXPECT_EQ(pipe.take_slice(4).text(), "o ");
  EXPECT_EQ(pipe.take_slice(100).text(), "world");
  EXPECT_TRUE(pipe.take_slice(100).empty());
  EXPECT_TRUE(pipe.take_slice(0).empty());
}

TEST_F(PipeTest, SlicesOfOneBlockGrowTogether) {
  Pipe pipe(100);
  pipe.push(pool_.copy("hello "));
  pipe.push(pool_.copy("world"));

  EXPECT_EQ(peeked(pipe, 100, 1), "hello world");
}

TEST_F(PipeTest, ASliceThatWasTakenWholeMayStillGrow) {
  Pipe pipe(100);
  pipe.hold(100);
  pipe.push(pool_.copy("hello "));
  pipe.take(6);
  pipe.push(pool_.copy("world"));

  EXPECT_EQ(peeked(pipe), "world");
  EXPECT_EQ(pipe.take_slice(100).text(), "world");
}

TEST_F(PipeTest, AHeldPipeOffersTheSameBytesAgain) {
  Pipe pipe(100);
  pipe.hold(100);
  pipe.push(pool_.copy("hello"));
  pipe.take(3);
  EXPECT_EQ(pipe.memory(), 5U);

  EXPECT_TRUE(pipe.rewind());

  EXPECT_EQ(peeked(pipe), "hello");
  pipe.take(5);
  EXPECT_EQ(pipe.take_credit(), 5U) << "bytes that are offered twice count once";
}

TEST_F(PipeTest, CommitForgetsWhatWasTaken) {
  Pipe pipe(100);
  pipe.hold(100);
  pipe.push(pool_.copy("hello"));
  pipe.take(3);
  pipe.commit();

  EXPECT_EQ(pipe.memory(), 2U);
  EXPECT_FALSE(pipe.rewind());
  EXPECT_EQ(peeked(pipe), "lo");
}

TEST_F(PipeTest, HoldIsTooLateOnceBytesWereTaken) {
  Pipe pipe(100);
  pipe.push(pool_.copy("hello"));
  pipe.take(1);
  pipe.hold(100);

  EXPECT_FALSE(pipe.is_held());
}

TEST_F(PipeTest, ReplayIsGivenUpOnePastTheLimit) {
  Pipe pipe(100);
  pipe.hold(5);
  pipe.push(pool_.copy("hello"));
  EXPECT_TRUE(pipe.is_held());
  pipe.take(5);
  pipe.push(pool_.copy("!"));

  EXPECT_FALSE(pipe.is_held());
  EXPECT_EQ(pipe.memory(), 1U);
  EXPECT_EQ(peeked(pipe), "!");
}

TEST_F(PipeTest, HoldIsRefusedWhereTooMuchHasComeAlready) {
  Pipe pipe(100);
  pipe.push(pool_.copy("hello"));
  pipe.hold(4);

  EXPECT_FALSE(pipe.is_held());
}

TEST_F(PipeTest, IsLikeNewOnceItWasCleared) {
  Pipe pipe(10);
  pipe.hold(10);
  pipe.push(pool_.copy("hello"));
  pipe.take(3);
  Trailers trailers;
  trailers.add("x", "y");
  pipe.end(std::move(trailers));

  pipe.clear();

  EXPECT_EQ(pipe.filled(), 0U);
  EXPECT_EQ(pipe.room(), 10U);
  EXPECT_EQ(pipe.take_credit(), 0U);
  EXPECT_FALSE(pipe.is_held() || pipe.is_ended() || pipe.trailers() != nullptr);
  pipe.push(pool_.copy("world"));
  EXPECT_EQ(peeked(pipe), "world");
}

TEST_F(PipeTest, LetsGoOfItsBlocks) {
  Pipe pipe(1 << 20);
  for (int i = 0; i < 40; ++i) {
    pipe.push(pool_.copy(std::string(32 * 1024, 'x')));
    pipe.take(32 * 1024);
  }

  EXPECT_LE(pool_.memory(), 2 * 64 * 1024U);
}

// The model: all bytes ever pushed, and where the consumer stands in them.
struct Model {
  std::string all;
  size_t taken = 0;
  size_t taken_high = 0;
  size_t credited = 0;
  bool held = false;
};

class PipeAgainstModel : public PipeTest {
 protected:
  static constexpr uint32_t kLimit = 600;

  explicit PipeAgainstModel() : pipe_(kLimit) {}

  void push(std::mt19937& random) {
    std::string text(1 + random() % 200, ' ');
    for (char& c : text)
      c = static_cast<char>('a' + random() % 26);
    // Another slice in between keeps this one from continuing the last.
    if (random() % 2 == 0) between_ = pool_.copy("between");
    pipe_.push(pool_.copy(text));
    model_.all += text;
    if (model_.all.size() > kLimit) model_.held = false;
  }

  void take(std::mt19937& random) {
    const size_t count = random() % (model_.all.size() - model_.taken + 1);
    pipe_.take(count);
    moved(count);
  }

  void take_slice(std::mt19937& random) {
    const Slice slice = pipe_.take_slice(static_cast<uint32_t>(1 + random() % 90));
    ASSERT_EQ(slice.text(), model_.all.substr(model_.taken, slice.size()));
    ASSERT_EQ(slice.empty(), model_.taken == model_.all.size());
    moved(slice.size());
  }

  void rewind() {
    ASSERT_EQ(pipe_.rewind(), model_.held);
    if (model_.held) model_.taken = 0;
  }

  void credit() {
    ASSERT_EQ(pipe_.take_credit(), model_.taken_high - model_.credited);
    model_.credited = model_.taken_high;
  }

  void compare(std::mt19937& random) {
    const size_t ready = model_.all.size() - model_.taken;
    ASSERT_EQ(pipe_.is_held(), model_.held);
    ASSERT_EQ(pipe_.ready(), ready);
    ASSERT_EQ(pipe_.room(), ready >= kLimit ? 0 : kLimit - ready);
    ASSERT_EQ(pipe_.memory(), model_.held ? model_.all.size() : ready);
    ASSERT_EQ(peeked(pipe_, ~uint64_t{0}, 1000), model_.all.substr(model_.taken));
    const size_t part = random() % 100;
    ASSERT_EQ(peeked(pipe_, part, 1000), model_.all.substr(model_.taken, part));
  }

  Pipe pipe_;
  Model model_;

 private:
  void moved(size_t count) {
    model_.taken += count;
    model_.taken_high = std::max(model_.taken_high, model_.taken);
  }
  Slice between_;
};

TEST_F(PipeAgainstModel, BehavesLikeAStringWithACursor) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    pipe_.clear();
    model_ = {};
    if (seed % 2 == 0) {
      pipe_.hold(kLimit);
      model_.held = true;
    }
    for (int step = 0; step < 60; ++step) {
      switch (random() % 8) {
        case 0:
        case 1: push(random); break;
        case 2:
        case 3: take(random); break;
        case 4: take_slice(random); break;
        case 5: rewind(); break;
        case 6: credit(); break;
        default:
          if (random() % 8 == 0) {
            pipe_.commit();
            model_.held = false;
          }
      }
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
      compare(random);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace qp::http
