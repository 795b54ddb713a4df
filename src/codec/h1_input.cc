#include "codec/h1_input.h"

#include <utility>

namespace qp::codec::h1 {

void Input::push(Slice slice) {
  if (slice.empty()) return;
  if (slices_.empty() || !slices_.back().try_extend(slice)) slices_.push_back(std::move(slice));
}

void Input::clear() {
  slices_.clear();
  gathered_ = std::string();
  scanner_.reset();
}

Parsed<std::string_view> Input::head() {
  while (!slices_.empty()) {
    Slice& slice = slices_.front();
    const size_t before = gathered_.size();
    if (before > 0) gathered_ += slice.text();
    const Parsed<size_t> size = scanner_.scan(before > 0 ? std::string_view(gathered_) : slice.text());
    if (!size) return std::unexpected(size.error());
    if (*size > 0 && before == 0) {
      head_bytes_ = static_cast<uint32_t>(*size);
      return slice.text().substr(0, *size);
    }
    if (*size > 0) {
      slice.remove_prefix(static_cast<uint32_t>(*size - before));
      drop_front_if_used();
      gathered_.resize(*size);
      return gathered_;
    }
    if (before == 0) gathered_ = slice.text();
    slices_.erase(slices_.begin());
  }
  return std::string_view();
}

void Input::drop_head() {
  if (gathered_.empty()) {
    slices_.front().remove_prefix(head_bytes_);
    drop_front_if_used();
  }
  gathered_ = std::string();
  scanner_.reset();
}

void Input::drop_front_if_used() {
  if (slices_.front().empty()) slices_.erase(slices_.begin());
}

}  // namespace qp::codec::h1
