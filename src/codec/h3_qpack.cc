#include "codec/h3_qpack.h"

#include <nghttp3/nghttp3.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace qp::codec {

namespace {

// Out of memory is the only way in which these calls can fail on us.
void must(int code) {
  if (code != 0) std::abort();
}

std::string_view text_of(nghttp3_rcbuf* buffer) {
  const nghttp3_vec bytes = nghttp3_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

H3Bytes bytes_of(const nghttp3_buf& buffer) {
  return {buffer.pos, nghttp3_buf_len(&buffer)};
}

// Appends `bytes` to what the pool's tail holds already.
size_t put(std::span<unsigned char> tail, size_t at, H3Bytes bytes) {
  if (!bytes.empty()) std::memcpy(tail.data() + at, bytes.data(), bytes.size());
  return at + bytes.size();
}

struct SectionContext {
  explicit SectionContext(int64_t stream) {
    must(nghttp3_qpack_stream_context_new(&context, stream, nghttp3_mem_default()));
  }
  SectionContext(const SectionContext&) = delete;
  SectionContext& operator=(const SectionContext&) = delete;
  ~SectionContext() { nghttp3_qpack_stream_context_del(context); }
  nghttp3_qpack_stream_context* context = nullptr;
};

}  // namespace

// nghttp3 grows these and they are used again, so that encoding allocates nothing once they have their size.
struct H3Qpack::Buffers {
  Buffers() {
    for (nghttp3_buf* buffer : {&prefix, &section, &encoder_stream})
      nghttp3_buf_init(buffer);
  }
  Buffers(const Buffers&) = delete;
  Buffers& operator=(const Buffers&) = delete;
  ~Buffers() {
    for (nghttp3_buf* buffer : {&prefix, &section, &encoder_stream})
      nghttp3_buf_free(buffer, nghttp3_mem_default());
  }

  nghttp3_buf prefix;
  nghttp3_buf section;
  nghttp3_buf encoder_stream;  // not yet taken
  std::vector<nghttp3_nv> lines;
};

H3Qpack::H3Qpack(const Limits& limits, uint64_t seed)
    : buffers_(std::make_unique<Buffers>()), limits_(limits) {
  const nghttp3_mem* memory = nghttp3_mem_default();
  must(nghttp3_qpack_encoder_new2(&encoder_, limits.encoder_table_bytes, seed, memory));
  must(nghttp3_qpack_decoder_new(&decoder_, limits.decoder_table_bytes, 0, memory));
  nghttp3_qpack_decoder_set_max_concurrent_streams(decoder_, limits.streams_max);
}

H3Qpack::~H3Qpack() {
  nghttp3_qpack_encoder_del(encoder_);
  nghttp3_qpack_decoder_del(decoder_);
}

void H3Qpack::allow_encoder(uint64_t table_bytes, uint64_t blocked_streams) {
  nghttp3_qpack_encoder_set_max_dtable_capacity(
      encoder_, static_cast<size_t>(std::min<uint64_t>(table_bytes, limits_.encoder_table_bytes)));
  nghttp3_qpack_encoder_set_max_blocked_streams(
      encoder_, static_cast<size_t>(std::min<uint64_t>(blocked_streams, limits_.encoder_blocked_streams)));
}

Result<> H3Qpack::decode(int64_t stream, H3Bytes section, FieldSink& sink) {
  if (section.empty()) return fail(ErrorCode::malformed, Origin::client, "a field section has no prefix");
  const SectionContext context(stream);
  for (;;) {
    nghttp3_qpack_nv line;
    uint8_t flags = NGHTTP3_QPACK_DECODE_FLAG_NONE;
    const nghttp3_ssize read = nghttp3_qpack_decoder_read_request(decoder_, context.context, &line, &flags,
                                                                  section.data(), section.size(), /*fin=*/1);
    if (read == NGHTTP3_ERR_QPACK_HEADER_TOO_LARGE) {
      if (auto cancelled = cancel(stream); !cancelled) return cancelled;
      return fail(ErrorCode::too_large, Origin::client, "a field is longer than can be decompressed");
    }
    if (read < 0) return fail(ErrorCode::malformed, Origin::client, "a field section can't be decompressed");
    section = section.subspan(static_cast<size_t>(read));
    bool is_wanted = true;
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) != 0) {
      is_wanted = sink.add_line({text_of(line.name), text_of(line.value)});
      nghttp3_rcbuf_decref(line.name);
      nghttp3_rcbuf_decref(line.value);
    }
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_FINAL) != 0) return {};
    if (!is_wanted) return cancel(stream);
    if ((flags & NGHTTP3_QPACK_DECODE_FLAG_BLOCKED) != 0 ||
        (read == 0 && (flags & NGHTTP3_QPACK_DECODE_FLAG_EMIT) == 0)) {
      return fail(ErrorCode::malformed, Origin::client,
                  "a field section refers to fields that didn't arrive");
    }
  }
}

Result<> H3Qpack::cancel(int64_t stream) {
  if (nghttp3_qpack_decoder_cancel_stream(decoder_, stream) != 0) {
    return fail(ErrorCode::exhausted, Origin::client, "the peer doesn't read our QPACK decoder stream");
  }
  return {};
}

Slice H3Qpack::encode(int64_t stream, std::span<const FieldLine> lines, BlockPool& blocks) {
  Buffers& b = *buffers_;
  nghttp3_buf_reset(&b.prefix);
  nghttp3_buf_reset(&b.section);
  b.lines.clear();
  for (const FieldLine& line : lines) {
    b.lines.push_back({.name = reinterpret_cast<const uint8_t*>(line.name.data()),
                       .value = reinterpret_cast<const uint8_t*>(line.value.data()),
                       .namelen = line.name.size(),
                       .valuelen = line.value.size(),
                       .flags = NGHTTP3_NV_FLAG_NONE});
  }
  must(nghttp3_qpack_encoder_encode(encoder_, &b.prefix, &b.section, &b.encoder_stream, stream,
                                    b.lines.data(), b.lines.size()));
  const size_t payload = nghttp3_buf_len(&b.prefix) + nghttp3_buf_len(&b.section);
  const std::span<unsigned char> tail = blocks.tail(static_cast<uint32_t>(kFrameHeaderBytesMax + payload));
  size_t size = write_frame_header(tail, H3Frame::headers, payload);
  size = put(tail, size, bytes_of(b.prefix));
  size = put(tail, size, bytes_of(b.section));
  return blocks.commit(static_cast<uint32_t>(size));
}

Result<> H3Qpack::handle_encoder_stream(H3Bytes bytes) {
  if (nghttp3_qpack_decoder_read_encoder(decoder_, bytes.data(), bytes.size()) < 0) {
    return fail(ErrorCode::malformed, Origin::client, "the QPACK encoder stream is malformed");
  }
  return {};
}

Result<> H3Qpack::handle_decoder_stream(H3Bytes bytes) {
  if (nghttp3_qpack_encoder_read_decoder(encoder_, bytes.data(), bytes.size()) < 0) {
    return fail(ErrorCode::malformed, Origin::client, "the QPACK decoder stream is malformed");
  }
  return {};
}

Slice H3Qpack::take_encoder_stream(BlockPool& blocks) {
  Slice slice = blocks.copy(bytes_of(buffers_->encoder_stream));
  nghttp3_buf_reset(&buffers_->encoder_stream);
  return slice;
}

size_t H3Qpack::decoder_stream_bytes() const {
  return nghttp3_qpack_decoder_get_decoder_streamlen(decoder_);
}

Slice H3Qpack::take_decoder_stream(BlockPool& blocks) {
  const size_t size = decoder_stream_bytes();
  if (size == 0) return {};
  const std::span<unsigned char> tail = blocks.tail(static_cast<uint32_t>(size));
  nghttp3_buf buffer{
      .begin = tail.data(), .end = tail.data() + tail.size(), .pos = tail.data(), .last = tail.data()};
  nghttp3_qpack_decoder_write_decoder(decoder_, &buffer);
  return blocks.commit(static_cast<uint32_t>(nghttp3_buf_len(&buffer)));
}

}  // namespace qp::codec
