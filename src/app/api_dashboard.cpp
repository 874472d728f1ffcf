// The endpoint for people: one page, made of nothing but what stands in dashboard.html, that asks the probes by itself.
#include <string>

#include <tollgate/core/crypto.hpp>

#include "api_endpoints.hpp"
#include "dashboard.hpp"

namespace tollgate::app {
namespace {

/// How a Content-Security-Policy names what stands in a page between `<NAME>` and `</NAME>` (CSP level 3, section 8.3).
std::string hash_of(std::string_view name) {
    const auto tag = std::string(name) + ">";
    const auto page = dashboard_html();
    const auto begin = page.find("<" + tag) + tag.size() + 1;
    const auto content = page.substr(begin, page.find("</" + tag, begin) - begin);
    const auto digest = core::sha256({content});
    return "'sha256-" + core::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + "'";
}

}  // namespace

std::string dashboard_policy() {
    return "default-src 'none'; script-src " + hash_of("script") + "; style-src " + hash_of("style") +
           "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

void get_dashboard(ApiContext& /*context*/, const ApiCall& /*call*/, Answer answer) {
    static const std::string headers = "Content-Security-Policy: " + dashboard_policy() +
                                       "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-cache\r\n";
    answer.page(dashboard_html(), headers);
}

}  // namespace tollgate::app
