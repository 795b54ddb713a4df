// The labels whose values are known beforehand, and how what a peer said becomes one of them: whatever is not
// in a list has a place of its own there, so that no peer can make a new series.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "observe/metrics_kinds.h"

namespace qp::observe {

// RFC 9110 §9.3 and RFC 5789. The last one is every other method.
inline constexpr auto kMethods = std::to_array<std::string_view>(
    {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "_OTHER"});

constexpr uint32_t method_index(std::string_view method) {
  uint32_t at = 0;
  while (at + 1 < kMethods.size() && kMethods[at] != method)
    ++at;
  return at;
}

// The codes that IANA's registry knows, 499 for a client that left before its response, then the other ones
// by class, the impossible ones, and the absence of a response.
inline constexpr auto kStatusCodes = std::to_array<std::string_view>(
    {"100", "101", "102", "103",                                                             //
     "200", "201", "202", "203", "204", "205",    "206", "207", "208", "226",                //
     "300", "301", "302", "303", "304", "305",    "307", "308",                              //
     "400", "401", "402", "403", "404", "405",    "406", "407", "408", "409", "410", "411",  //
     "412", "413", "414", "415", "416", "417",    "418", "421", "422", "423", "424", "425",  //
     "426", "428", "429", "431", "451", "499",                                               //
     "500", "501", "502", "503", "504", "505",    "506", "507", "508", "510", "511",         //
     "1xx", "2xx", "3xx", "4xx", "5xx", "_OTHER", "none"});
inline constexpr uint32_t kNoStatus = kStatusCodes.size() - 1;

// By code; made once, so that counting a response is one look into a table.
inline constexpr auto kStatusPlaces = [] {
  std::array<uint8_t, 600> places{};
  for (uint32_t code = 0; code < places.size(); ++code) {
    const uint32_t of_its_class = kNoStatus - 7 + code / 100;
    places[code] = static_cast<uint8_t>(code < 100 ? kNoStatus - 1 : of_its_class);
  }
  places[0] = kNoStatus;
  for (uint8_t at = 0; at + 7u < kStatusCodes.size(); ++at) {
    const std::string_view text = kStatusCodes[at];
    const auto digit = [text](size_t i) { return static_cast<size_t>(text[i] - '0'); };
    places[digit(0) * 100 + digit(1) * 10 + digit(2)] = at;
  }
  return places;
}();

constexpr uint32_t status_index(uint16_t status) {
  return status < kStatusPlaces.size() ? kStatusPlaces[status] : kNoStatus - 1;
}

inline constexpr auto kProtocols = std::to_array<std::string_view>({"h1", "h2", "h3"});

constexpr uint32_t protocol_index(http::Version version) {
  switch (version) {
    case http::Version::h1_0:
    case http::Version::h1_1: return 0;
    case http::Version::h2: return 1;
    case http::Version::h3: return 2;
  }
  return 0;
}

// Application error codes of HTTP/3 (RFC 9114 §8.1) and QPACK (RFC 9204 §6).
inline constexpr auto kH3Codes = std::to_array<std::string_view>(
    {"H3_NO_ERROR", "H3_GENERAL_PROTOCOL_ERROR", "H3_INTERNAL_ERROR", "H3_STREAM_CREATION_ERROR",
     "H3_CLOSED_CRITICAL_STREAM", "H3_FRAME_UNEXPECTED", "H3_FRAME_ERROR", "H3_EXCESSIVE_LOAD", "H3_ID_ERROR",
     "H3_SETTINGS_ERROR", "H3_MISSING_SETTINGS", "H3_REQUEST_REJECTED", "H3_REQUEST_CANCELLED",
     "H3_REQUEST_INCOMPLETE", "H3_MESSAGE_ERROR", "QPACK_DECOMPRESSION_FAILED", "QPACK_ENCODER_STREAM_ERROR",
     "QPACK_DECODER_STREAM_ERROR", "_OTHER"});

constexpr uint32_t h3_code_index(uint64_t code) {
  constexpr uint64_t kH3First = 0x100, kH3Last = 0x10e, kQpackFirst = 0x200, kQpackLast = 0x202;
  if (code >= kH3First && code <= kH3Last) return static_cast<uint32_t>(code - kH3First);
  if (code >= kQpackFirst && code <= kQpackLast)
    return static_cast<uint32_t>(code - kQpackFirst + kH3Last - kH3First + 1);
  return kH3Codes.size() - 1;
}

namespace label {

// Those that are counted by an enumerator have their values in its order.
inline constexpr auto kDirections = std::to_array<std::string_view>({"sent", "received"});
inline constexpr auto kVersions = std::to_array<std::string_view>({"1", "2"});
inline constexpr auto kHandshakes = std::to_array<std::string_view>({"completed", "failed"});
inline constexpr auto kClosers =
    std::to_array<std::string_view>({"nobody", "us", "peer", "stateless_reset", "idle"});
inline constexpr auto kListeners = std::to_array<std::string_view>({"tls", "plain"});
inline constexpr auto kPoolLimits =
    std::to_array<std::string_view>({"pending_requests_max", "requests_max", "retries_max"});
inline constexpr auto kReloads = std::to_array<std::string_view>({"succeeded", "failed"});
inline constexpr auto kExporters = std::to_array<std::string_view>({"otlp", "jaeger"});

inline constexpr Label method{"method", kMethods, true};
inline constexpr Label status_code{"status_code", kStatusCodes, true};
inline constexpr Label status{"status", kStatusCodes, true};
inline constexpr Label protocol{"protocol", kProtocols};
inline constexpr Label listener{"listener", kListeners};
inline constexpr Label pool_limit{"limit", kPoolLimits};
inline constexpr Label quic_version{"version", kVersions};
inline constexpr Label handshake{"result", kHandshakes};
inline constexpr Label closer{"by", kClosers};
inline constexpr Label h3_code{"code", kH3Codes, true};
inline constexpr Label direction{"direction", kDirections};
inline constexpr Label reload{"result", kReloads};
inline constexpr Label exporter{"exporter", kExporters};

}  // namespace label

}  // namespace qp::observe
