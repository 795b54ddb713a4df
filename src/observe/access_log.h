// One line a request, written into the worker's log ring when the exchange is done (docs/logs.md names the
// fields). Nothing that a client or a backend sends can begin a new line or a new field.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "base/access_template.h"
#include "base/log_ring.h"
#include "base/random.h"
#include "base/timestamp.h"
#include "observe/exchange_record.h"

namespace qp::observe {

enum class AccessLogFormat : uint8_t { json, common, combined, custom };

struct AccessLogSettings {
  bool enabled = true;
  AccessLogFormat format = AccessLogFormat::json;
  AccessTemplate custom{};
  double sample = 1;  // share of the successful requests that is written; all that fail are
};

class AccessLog final : public ExchangeObserver {
 public:
  AccessLog(LogRing& ring, Random& random, AccessLogSettings settings)
      : ring_(ring), random_(random), settings_(std::move(settings)) {}

  void install(AccessLogSettings settings) { settings_ = std::move(settings); }
  bool is_on() const { return settings_.enabled; }
  void exchange_ended(const ExchangeRecord& record) override;

 private:
  bool wants(const ExchangeRecord& record);
  void write_json(const ExchangeRecord& record);
  void write_common(const ExchangeRecord& record);

  void write_custom(const ExchangeRecord& record);
  void write_variable(const AccessTemplate::Piece& piece, const ExchangeRecord& record);

  LogRing& ring_;
  Random& random_;
  AccessLogSettings settings_;
  Timestamp timestamp_;
  std::string line_;
  std::string failures_;
};

}  // namespace qp::observe
