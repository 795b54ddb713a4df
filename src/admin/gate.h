// Who may ask the control center for what:
//
//                                                      reading         changing
//   loopback or trusted, no Origin (a shell), or our own          yes             yes
//   elsewhere, or through another proxy                with the token  with the token
//   Origin of some other page                          no              no
//   Host that does not name us (DNS rebinding)         no              no
//
// The page's own files are there for everybody who names us right: it is the page that asks for the token.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/message.h"
#include "base/network.h"

namespace qp::admin {

class Gate {
 public:
  // `listen_host` is that of control.address; `origins` are "https://admin.example:8889".
  Gate(std::string token, std::string_view listen_host, std::vector<std::string> origins,
       std::vector<Network> trusted = {});

  // Why the request goes no further; none: it may.
  std::optional<Response> refuse(const Request& request) const;

 private:
  bool names_us(std::string_view host) const;
  bool is_ours(std::string_view origin, const Request& request) const;
  bool is_near(const Request& request) const;
  std::optional<Response> refuse_stranger(const Request& request) const;

  const std::string token_;
  const std::vector<std::string> origins_;
  const std::vector<Network> trusted_;
  std::vector<std::string> hosts_;  // besides loopback
};

}  // namespace qp::admin
