#include "config/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace qp::config {

namespace {

constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;

}  // namespace

Parsed<std::string> read_stream(std::istream& stream, const std::string& name) {
  std::string text(kFileBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad()) return std::unexpected(fmt::format("cannot read \"{}\"", name));
  if (text.size() > kFileBytesMax) return std::unexpected(fmt::format("\"{}\" is larger than 4 MiB", name));
  return text;
}

Parsed<std::string> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return std::unexpected(fmt::format("cannot read \"{}\": it is a directory", path));
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    const std::string reason = std::generic_category().message(errno == 0 ? EIO : errno);
    return std::unexpected(fmt::format("cannot read \"{}\": {}", path, reason));
  }
  return read_stream(stream, path);
}

}  // namespace qp::config
