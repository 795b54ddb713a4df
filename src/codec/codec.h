// What a connection over TCP asks of its codec (HTTP/1.1 now, HTTP/2 through the same door). Bytes are
// decrypted already; no sockets, no clock. HTTP/3 has a door of its own, because QUIC brings streams:
// h3_codec.h.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/slice.h"
#include "http/stream.h"

namespace qp::codec {

enum class Role : uint8_t { server, client };

// A codec tells its connection that it has something to flush, wants to read again, or that a stream was let
// go of. Marks, and does nothing else.
class CodecOwner {
 public:
  virtual void changed() = 0;

 protected:
  ~CodecOwner() = default;
};

class Codec {
 public:
  virtual ~Codec() = default;

  // Takes in what arrived. An error means that the connection can't go on; what gather() still offers is to
  // be sent (an error response, a GOAWAY), then the connection is closed.
  virtual Result<> receive(Slice bytes) = 0;
  // The peer has ended its side. Streams that needed more get their fault.
  virtual void receive_end() = 0;
  // The connection is gone: every stream gets this fault.
  virtual void abort(Error error) = 0;
  // False while a full body pipe holds the connection back: it should not read, then.
  virtual bool wants_input() const = 0;

  // The next bytes to write, at most bytes_max of them, valid until any other call; sent() says how many were
  // written.
  virtual size_t gather(std::span<std::span<const unsigned char>> pieces, size_t bytes_max) = 0;
  virtual void sent(size_t bytes) = 0;

  // Client role: a stream for one more request; null when is_open_for_more() is false.
  virtual http::Stream* open() = 0;
  virtual bool is_open_for_more() const = 0;  // a request could be sent now
  // Server role: no new requests; the ones under way are finished (h1: Connection: close; h2: GOAWAY).
  virtual void drain() = 0;
  // No stream is in use: the connection may rest in a pool, or be closed by an idle timeout.
  virtual bool is_idle() const = 0;
  // Begun on this connection so far, the one under way included.
  virtual uint64_t requests() const = 0;
  // Everything was said and written: the connection should be closed now.
  virtual bool is_finished() const = 0;
  // With is_finished(): a message was cut off, and an orderly end of the connection could make it look
  // complete. The connection should be reset instead.
  virtual bool is_cut_off() const { return false; }
  // A request head has begun and isn't complete: the head timeout runs.
  virtual bool is_head_pending() const = 0;
  // That took too long: the request is refused (408), and the connection ends with the answer.
  virtual void refuse_head() = 0;
  // Destroys streams that the wire and their owners are both done with. Called once a turn, at reap.
  virtual void reap() = 0;
};

}  // namespace qp::codec
