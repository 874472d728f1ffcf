// The page that GET / answers with; dashboard.html, as it stands there.
#pragma once

#include <string>
#include <string_view>

namespace tollgate::app {

std::string_view dashboard_html() noexcept;
/// Its Content-Security-Policy: nothing but the page's own script and style, and questions to where it came from.
std::string dashboard_policy();

}  // namespace tollgate::app
