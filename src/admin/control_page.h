// The control center's page: /control, and its files below that, with a policy that lets a browser load
// nothing else and run nothing that stands in markup.
#pragma once
#include "admin/page_files.h"
#include "admin/resources.h"

namespace qp::admin {

// The text of `page` is static or outlives the resources.
void add_control_page(Resources& resources, const PageFiles& page);

}  // namespace qp::admin
