// One request and its response over HTTP/3 (RFC 9114 §4.1), either role.
//
//   incoming   head ──> content ──> trailers_read ──> ended        any of them may become deaf: what still
//                 (interim heads stay in `head`)                    arrives is credited and forgotten
//   outgoing   as H3Sender has it
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.h"
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
  enum class Phase : uint8_t { head, content, trailers_read };

  void handle_detached() override;

  H3Result begin_frame();
  H3Result handle_payload(H3Bytes payload);
  H3Result end_frame();
  H3Result handle_section(H3Bytes section);
  H3Result handle_end();
  void take_head(H3HeadReader& reader);
  void take_data(H3Bytes data);
  void read_priority();

  void refuse(const http::Answer& refusal, std::unique_ptr<http::RequestHead> head);
  void fail_message(H3Code code, ErrorCode error, const char* detail);
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

  H3FrameReader reader_;
  std::string section_;  // of a HEADERS frame that came in parts
  http::Trailers trailers_;
  int64_t length_expected_ = H3HeadReader::kUnknownLength;
  int64_t length_received_ = 0;
  uint64_t uncredited_ = 0;  // content handed to the owner, not yet given back by credit()
  uint64_t kept_ = 0;        // content handed to the owner by this call of receive()
  Phase phase_ = Phase::head;
  bool is_deaf_ = false;
  bool is_method_head_ = false;
  TimePoint head_deadline_ = kNever;

  H3Sender sender_;
  H3Priority priority_;
  bool is_answered_ = false;  // server role: the final head was sent

  bool is_closed_ = false;  // the wire is done with it
};

}  // namespace qp::codec
