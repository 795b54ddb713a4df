// The incoming half of one request stream (RFC 9114 §4.1), either role: frames in any pieces in, the parts of
// a message out.
//
//   head ──> content ──> trailers_read ──> ended        interim heads stay in `head`
#pragma once
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "codec/h3_shared.h"

namespace qp::codec {

class H3Receiver {
 public:
  enum class Part : uint8_t {
    none,     // the bytes are used up
    head,     // take_request() or take_response() has it
    data,     // data() has some of the content
    end,      // take_trailers() has what came behind the content
    refused,  // the head can't be taken: refusal(), and take_request() has it as far as it is known
    broken,   // the message breaks a rule or a limit: flaw()
  };
  // Fails where the whole connection has to.
  using Found = std::expected<Part, H3Failure>;
  struct Flaw {
    H3Code code;
    ErrorCode error;
    const char* detail;  // static text
  };

  H3Receiver(H3Shared& shared, int64_t id) : shared_(shared), id_(id) {}

  // Client role: the request was a HEAD.
  void expect_no_content() { is_method_head_ = true; }

  // What comes next in `in`, which loses what was read. Not asked again after `refused` or `broken`.
  Found next(H3Bytes& in);
  // The stream ends here: end or broken.
  Found finish();

  std::unique_ptr<http::RequestHead> take_request() { return std::move(request_); }
  std::unique_ptr<http::ResponseHead> take_response() { return std::move(response_); }
  http::Trailers take_trailers() { return std::move(trailers_); }
  H3Bytes data() const { return reader_.payload(); }
  const http::Answer& refusal() const { return refusal_; }
  const Flaw& flaw() const { return flaw_; }

 private:
  enum class Phase : uint8_t { head, content, trailers_read };

  Found begin_frame();
  Found begin_data();
  Found begin_headers();
  Found count_useless_frame(const char* detail);
  Found take_payload();
  Found take_section(H3Bytes section);
  void take_head(H3HeadReader& reader);
  Found refuse(const http::Answer& refusal);
  Found broken(const Flaw& flaw);

  H3Shared& shared_;
  const int64_t id_;
  H3FrameReader reader_;
  std::string section_;  // of a HEADERS frame that came in parts
  std::unique_ptr<http::RequestHead> request_;
  std::unique_ptr<http::ResponseHead> response_;
  http::Trailers trailers_;
  http::Answer refusal_;
  Flaw flaw_{};
  int64_t length_expected_ = H3HeadReader::kUnknownLength;
  int64_t length_received_ = 0;
  Phase phase_ = Phase::head;
  bool is_method_head_ = false;
};

}  // namespace qp::codec
