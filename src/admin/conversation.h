// One request to the process and the answer to it: the body is taken in whole, the handler called once, and
// what it answers, at once or later, sent. An answer may go on with events as they are published.
//
//   receiving ─► waiting ─┬────────────► replying ─► done
//                         └► streaming ─►
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "admin/event_hub.h"
#include "admin/message.h"
#include "admin/promise.h"
#include "base/list.h"
#include "base/timer_queue.h"
#include "http/answer.h"
#include "http/message.h"
#include "http/pipe.h"
#include "http/stream.h"

namespace qp::admin {

class Api;
struct DirtyConversations;
struct DoneConversations;

class Conversation final : public http::StreamOwner,
                           public ListNode<DirtyConversations>,
                           public ListNode<DoneConversations>,
                           private Asker,
                           private EventListener,
                           private Timer {
 public:
  // `client` has just been accepted; the conversation attaches to it and stays until it is done.
  Conversation(Api& home, http::Stream& client);
  ~Conversation();

  void advance();

 private:
  enum class Phase : uint8_t { receiving, waiting, streaming, replying, done };

  void changed(http::Stream&) override { mark(); }
  void due() override;
  void take_answer(Response response) override;
  void take_event(std::string_view text) override;
  void end_events() override;
  void mark();

  void receive();
  void await();
  bool begin();
  std::string take_body();
  void push(std::string_view text);
  void refuse(const http::Answer& answer);
  void reply(Response response);
  void finish();

  Api& home_;
  http::Stream* client_;  // null once detached
  http::Pipe request_;
  http::Pipe response_;
  std::unique_ptr<http::RequestHead> head_;  // null before begin()
  std::string host_;
  std::string path_;
  std::optional<Response> answer_;
  bool is_late_ = false;
  Phase phase_ = Phase::receiving;
};

}  // namespace qp::admin
