// The answering side of one listener for operators and their tools: requests that codecs bring become calls
// of handlers, and what those return goes back. Runs on control.
//
//   codec ─► Api::accept ─► Conversation ─► Resources ─► handler
//
// A request with a body of more than kBodyBytesMax, or one that takes longer than kBodyPatience, is refused.
// An answer that was promised and takes longer than kAnswerPatience is replaced by 504.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "admin/conversation.h"
#include "admin/resources.h"
#include "base/clock.h"
#include "base/decider.h"
#include "base/list.h"
#include "base/slab.h"
#include "base/slice.h"
#include "base/timer_queue.h"
#include "http/date.h"
#include "http/stream.h"

namespace qp::admin {

class Api final : public http::StreamAcceptor, public Decider {
 public:
  // All of it outlives the API.
  struct Parts {
    const Turn& turn;  // this turn
    TimerQueue& timers;
    BlockPool& blocks;
  };
  // `server_name` is what we call ourselves in Via.
  Api(const Parts& parts, Resources resources, std::string server_name);
  ~Api();

  static constexpr uint32_t kBodyBytesMax = 64 * 1024;
  static constexpr Duration kBodyPatience = std::chrono::seconds(10);
  static constexpr Duration kAnswerPatience = std::chrono::seconds(10);

  void accept(http::Stream& stream) override;
  bool is_dirty() const override { return !dirty_.empty(); }
  void advance() override;
  void reap() override;

  size_t live() const { return slab_.live(); }

 private:
  friend class Conversation;

  Parts parts_;
  const Resources resources_;
  const std::string server_name_;
  http::Date date_;
  Slab<Conversation> slab_;
  List<Conversation, DirtyConversations> dirty_;
  List<Conversation, DoneConversations> done_;
};

}  // namespace qp::admin
