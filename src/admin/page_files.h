// The files of the control center's page, web/dist, as this binary holds them; cmake/Page.cmake puts them in.
#pragma once
#include <string_view>
#include <vector>

namespace qp::admin {

struct PageFile {
  std::string_view name;   // "app.js"
  std::string_view type;   // its media type
  std::string_view bytes;  // static, as is all text here
};

struct PageFiles {
  std::string_view version;  // another one for other files
  std::vector<PageFile> files;
};

PageFiles page_files();

}  // namespace qp::admin
