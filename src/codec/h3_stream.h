// One request and its response over HTTP/3 (RFC 9114 §4.1), either role.
//
//   incoming   as H3Receiver has it, until it is deaf: what still arrives is credited and forgotten then
//   outgoing   as H3Sender has it
#pragma once
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "codec/h3_receiver.h"
#include "codec/h3_sender.h"
#include "codec/h3_shared.h"

namespace qp::codec {

class H3Stream final : public http::Stream,
                       public ListNode<SendingStreams>,
                       public ListNode<FinishedStreams>,
                       public ListNode<AwaitedHeads> {
 public:
  H3Stream(H3Shared& shared, int64_t id);

  void send_head(const http::RequestHead& head, http::Pipe* body) override;
  void send_head(const http::ResponseHead& head, http::Pipe* body) override;
  void wake() override;
  void credit(uint64_t bytes) override;
  void reset(http::Reason reason) override;

  // The codec's side. receive() fails where the whole connection has to.
  H3Result receive(H3Bytes bytes, bool fin);
  H3Result handle_reset(uint64_t code);    // RESET_STREAM
  H3Result handle_stopped(uint64_t code);  // STOP_SENDING
  void handle_acked(uint64_t bytes) { sender_.acked(bytes); }
  void handle_unblocked();
  void handle_closed();
  H3Result handle_write_closed();
  void handle_goaway();  // the peer will not process it
  void abort(Error error);

  // Sending, driven by the codec: false when there is nothing to offer now.
  bool offer(H3Chunk& chunk);
  void taken(const H3Chunk& chunk, size_t bytes);
  void handle_blocked();

  // Server role: until its head is complete, and refused when that takes too long.
  void await_head(TimePoint deadline) { head_deadline_ = deadline; }
  TimePoint head_deadline() const { return head_deadline_; }
  H3Result refuse_head();

  void set_priority(H3Priority priority);
  int64_t id() const { return id_; }
  bool is_owned() const { return has_owner(); }
  bool is_closed() const { return is_closed_; }

 private:
  void handle_detached() override;

  void take(H3Receiver::Part part);
  void take_head();
  void take_data(H3Bytes data);

  void refuse(const http::Answer& refusal, std::unique_ptr<http::RequestHead> head);
  void break_off(const H3Receiver::Flaw& flaw);
  H3Result abandon(H3Code code);
  void stop_listening(H3Code code);
  void stop_sending(H3Code code);
  void set_fault(Error error);
  void give_back_credit();
  void take_end();
  void schedule();
  void unschedule() { ListNode<SendingStreams>::unlink(); }
  void finish_if_done();
  Origin peer_origin() const { return shared_.role == Role::server ? Origin::client : Origin::upstream; }

  H3Shared& shared_;
  const int64_t id_;

  H3Receiver receiver_;
  uint64_t uncredited_ = 0;  // content handed to the owner, not yet given back by credit()
  uint64_t kept_ = 0;        // content handed to the owner by this call of receive()
  bool is_deaf_ = false;
  TimePoint head_deadline_ = kNever;

  H3Sender sender_;
  H3Priority priority_;
  bool is_answered_ = false;  // server role: the final head was sent

  bool is_closed_ = false;  // the wire is done with it
};

}  // namespace qp::codec
