#include "codec/h1_writer.h"

#include <charconv>

#include "codec/h1_syntax.h"

namespace qp::codec::h1 {

namespace {

using http::Name;

// RFC 9110 §15 and the registry; an unknown status has an empty phrase, which is allowed.
std::string_view reason_phrase(uint16_t status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    default: return "";
  }
}

void write_number(std::string& out, uint64_t number, int base) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base);
  out.append(digits, end.ptr);
}

// What a message never brings along, because each connection says it for itself.
bool is_of_connection(Name name) {
  switch (name) {
    case Name::connection:
    case Name::content_length:
    case Name::host:
    case Name::keep_alive:
    case Name::proxy_connection:
    case Name::transfer_encoding:
    case Name::upgrade: return true;
    default: return false;
  }
}

bool write_field(std::string& out, const http::Field& field) {
  if (field.name.empty() || !is_all(field.name, kToken) || !is_text(field.value)) return false;
  out.append(field.name).append(": ").append(field.value).append("\r\n");
  return true;
}

bool write_fields(std::string& out, const http::Headers& fields) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const http::Field field = fields[i];
    if (!is_of_connection(field.id) && !write_field(out, field)) return false;
  }
  return true;
}

// RFC 9110 §7.6.1: whoever writes TE or Upgrade names it in Connection.
void write_connection(std::string& out, const HeadEnding& ending, bool has_te) {
  std::string_view separator = "connection: ";
  const auto add = [&](std::string_view option) {
    out.append(separator).append(option);
    separator = ", ";
  };
  if (ending.close) add("close");
  if (ending.keep_alive) add("keep-alive");
  if (!ending.upgrade.empty()) add("upgrade");
  if (has_te) add("te");
  if (separator == ", ") out += "\r\n";
  if (!ending.upgrade.empty()) out.append("upgrade: ").append(ending.upgrade).append("\r\n");
}

void write_ending(std::string& out, const HeadEnding& ending, bool has_te) {
  if (ending.length) {
    out += "content-length: ";
    write_number(out, *ending.length, 10);
    out += "\r\n";
  }
  if (ending.is_chunked) out += "transfer-encoding: chunked\r\n";
  write_connection(out, ending, has_te);
  out += "\r\n";
}

}  // namespace

void write_status_line(std::string& out, uint16_t status) {
  out += "HTTP/1.1 ";
  write_number(out, status, 10);
  out.append(" ").append(reason_phrase(status)).append("\r\n");
}

bool write_request(std::string& out, const http::RequestHead& head, const HeadEnding& ending) {
  const bool is_connect = head.method == "CONNECT";
  const std::string_view path = head.path.empty() ? "/" : std::string_view(head.path);
  const std::string_view target = is_connect ? std::string_view(head.authority) : path;
  if (head.method.empty() || !is_all(head.method, kToken)) return false;
  if (target.empty() || !is_all(target, kTarget) || !is_all(head.authority, kAuthority)) return false;
  if (!is_text(ending.upgrade)) return false;

  const size_t begin = out.size();
  out.reserve(begin + head.method.size() + target.size() + head.authority.size() +
              head.fields.section_bytes() + 128);
  out.append(head.method).append(" ").append(target).append(" HTTP/1.1\r\nhost: ");
  out.append(head.authority).append("\r\n");
  if (!write_fields(out, head.fields)) {
    out.resize(begin);
    return false;
  }
  write_ending(out, ending, head.fields.has(Name::te));
  return true;
}

bool write_response(std::string& out, const http::ResponseHead& head, const HeadEnding& ending) {
  if (head.status < 100 || head.status > 999 || !is_text(ending.upgrade)) return false;
  const size_t begin = out.size();
  out.reserve(begin + head.fields.section_bytes() + 128);
  write_status_line(out, head.status);
  if (!write_fields(out, head.fields)) {
    out.resize(begin);
    return false;
  }
  write_ending(out, ending, false);
  return true;
}

void write_chunk_size(std::string& out, uint64_t bytes) {
  write_number(out, bytes, 16);
  out += "\r\n";
}

void write_last_chunk(std::string& out, const http::Trailers* trailers) {
  out += "0\r\n";
  const size_t begin = out.size();
  if (trailers != nullptr && !write_fields(out, *trailers)) out.resize(begin);
  out += "\r\n";
}

}  // namespace qp::codec::h1
