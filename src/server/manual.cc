#include "server/manual.h"

#include <fmt/format.h>

namespace qp::server {

namespace {

constexpr std::string_view kEnd = R"(.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT ", " SIGQUIT
Takes nothing new, finishes what is under way within server.shutdown_timeout, and ends. A second one ends at once.
.TP
.B SIGHUP
Reads the configuration and the certificates again. If anything is wrong with them, nothing changes.
.TP
.B SIGUSR1
Goes on in a new log file, after the old one was moved away.
.SH EXIT STATUS
.TP
.B 0
Ended as it was told.
.TP
.B 1
It could not start, or could not go on.
.TP
.B 2
The command line or the configuration is wrong.
.TP
.B 3
server.shutdown_timeout passed with requests under way.
.TP
.B 4
A drill failed.
.TP
.B 5
A drill was aborted.
.SH ENVIRONMENT
A configuration may name variables of the environment:
.BR ${NAME} " or " ${NAME:\-default} .
.TP
.B QUIC_PROXY_TOKEN
The token of the control center, where a drill is run without
.BR \-\-token .
.TP
.B NOTIFY_SOCKET
Where a supervisor waits to hear that the proxy is ready or stopping, as in
.BR sd_notify (3).
.SH FILES
.TP
.I /etc/quic\-proxy/proxy.yaml
The configuration of the service that packages install.
.SH SEE ALSO
.BR curl (1),
.BR systemd.service (5)
)";

// Text that roff takes for text.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

std::string bold(std::string_view text) {
  return fmt::format("\\fB{}\\fR", plain(text));
}
std::string italic(std::string_view text) {
  return fmt::format("\\fI{}\\fR", plain(text));
}

std::string sentence(std::string_view text) {
  return plain(text) + (text.empty() || text.ends_with('.') ? "" : ".");
}

void append(std::string& page, const CommandOption& option) {
  page += ".TP\n";
  for (const std::string& name : option.names)
    page += (&name == &option.names.front() ? "" : ", ") + bold(name);
  if (!option.value.empty()) page += (option.names.empty() ? "" : " ") + italic(option.value);
  page += "\n" + sentence(option.text);
  for (const std::string& choice : option.choices)
    page += (&choice == &option.choices.front() ? " One of " : ", ") + bold(choice);
  if (!option.choices.empty()) page += ".";
  if (!option.default_value.empty()) page += fmt::format(" Default: {}.", plain(option.default_value));
  page += "\n";
}

std::string synopsis(const Command& command) {
  std::string line = bold(command.name);
  for (const CommandOption& option : command.options) {
    if (option.names.empty()) line += " " + italic(option.value);
  }
  return line;
}

}  // namespace

std::string manual(const Command& program, std::string_view version) {
  std::string page = fmt::format(".TH {} 8 \"\" \"{} {}\" \"System administration\"\n", plain(program.name),
                                 plain(program.name), plain(version));
  page += fmt::format(".SH NAME\n{} \\- {}\n", plain(program.name), plain(program.text));
  page +=
      fmt::format(".SH SYNOPSIS\n{} [{}] [{}]\n", bold(program.name), italic("options"), italic("command"));
  page += ".SH OPTIONS\n";
  for (const CommandOption& option : program.options)
    append(page, option);
  page += ".SH COMMANDS\n";
  for (const Command& command : program.commands) {
    page += fmt::format(".SS {}\n{}\n", synopsis(command), sentence(command.text));
    for (const CommandOption& option : command.options)
      append(page, option);
  }
  page += kEnd;
  return page;
}

}  // namespace qp::server
