// Character references of HTML and XML, outside of a document: "&amp;", "&#39;", "&nbsp;". The named ones are those of
// XML and those that pages in Indonesian have; what is not known stays as it stands. Documents are html.h's.
//
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace pulih::web {

std::string DecodeEntities(std::string_view text);

}  // namespace pulih::web
