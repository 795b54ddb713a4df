// A field section on its way to a message head: RFC 9114 §4.2 and §4.3, word for word. What breaks a rule is
// malformed (a stream error), what passes a limit is too large; neither is the connection's fault.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/h3_qpack.h"
#include "http/message.h"

namespace qp::codec {

struct H3HeadLimits {
  uint64_t head_bytes_max = 64 * 1024;  // names and values, plus 32 a field (RFC 9114 §4.2.2)
  uint64_t uri_bytes_max = 16 * 1024;   // of :path
  uint32_t fields_max = 128;
};

class H3HeadReader final : public FieldSink {
 public:
  enum class Kind : uint8_t { request, response, trailers };
  enum class Verdict : uint8_t { fine, malformed, head_too_large, uri_too_long };

  H3HeadReader(Kind kind, const H3HeadLimits& limits);

  bool add_line(FieldLine line) override;
  // All lines were added. Before this the verdict is only a preliminary one.
  Verdict finish();
  void give_up_too_large() { verdict_ = Verdict::head_too_large; }

  // After `fine`; each may be called once.
  std::unique_ptr<http::RequestHead> take_request() { return std::move(request_); }
  std::unique_ptr<http::ResponseHead> take_response() { return std::move(response_); }
  http::Trailers take_trailers() { return std::move(trailers_); }
  static constexpr int64_t kUnknownLength = -1;
  int64_t content_length() const { return content_length_; }

 private:
  enum Pseudo : uint8_t { method = 1, scheme = 2, authority = 4, path = 8, status = 16 };

  Verdict check_pseudo(FieldLine line);
  Verdict check_field(FieldLine line);
  Verdict check_host(std::string_view value);
  Verdict check_content_length(std::string_view value);
  Verdict finish_request();
  bool set_once(Pseudo field, std::string& target, std::string_view value);
  http::Headers& fields();

  Kind kind_;
  Verdict verdict_ = Verdict::fine;
  bool had_field_ = false;  // pseudo-header fields come first (§4.3)
  bool had_host_ = false;
  uint8_t pseudo_ = 0;
  uint32_t lines_ = 0;
  uint64_t bytes_ = 0;
  int64_t content_length_ = kUnknownLength;
  const H3HeadLimits& limits_;
  std::unique_ptr<http::RequestHead> request_;
  std::unique_ptr<http::ResponseHead> response_;
  http::Trailers trailers_;
  std::string cookie_;  // crumbs joined (§4.2.1)
};

// The lines of a head as they are sent, pseudo-header fields first. They borrow from the head; `status` keeps
// a response's status text.
class H3HeadLines {
 public:
  explicit H3HeadLines(const http::RequestHead& head);
  explicit H3HeadLines(const http::ResponseHead& head);
  explicit H3HeadLines(const http::Trailers& trailers);
  std::span<const FieldLine> lines() const { return lines_; }

 private:
  void add_fields(const http::Headers& fields);
  std::vector<FieldLine> lines_;
  char status_[3] = {};
};

}  // namespace qp::codec
