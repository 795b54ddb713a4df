// One line a request, written into the worker's log ring when the exchange is done (docs/logs.md names the
// fields). Nothing that a client or a backend sends can begin a new line or a new field.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/log_ring.h"
#include "base/timestamp.h"
#include "observe/exchange_record.h"

namespace qp::observe {

enum class AccessLogFormat : uint8_t { json, common, combined };

class AccessLog final : public ExchangeObserver {
 public:
  AccessLog(LogRing& ring, AccessLogFormat format) : ring_(ring), format_(format) {}

  void exchange_ended(const ExchangeRecord& record) override;

 private:
  std::string_view failures(std::span<const AttemptRecord> attempts);
  void write_json(const ExchangeRecord& record);
  void write_common(const ExchangeRecord& record);

  LogRing& ring_;
  const AccessLogFormat format_;
  Timestamp timestamp_;
  std::string line_;
  std::string failures_;
};

}  // namespace qp::observe
