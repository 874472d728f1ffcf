// Asked: the true courses as text, to be read beside a history.
#include "simulation/asked.hpp"

#include <string_view>

namespace tollgate::simulation {

namespace {

std::string_view text_of(event::Confirm confirm) {
    return confirm == event::Confirm::never ? "never" : confirm == event::Confirm::weak ? "auto" : "always";
}

std::string seconds_text(milliseconds time) {
    return std::to_string(time.count() / 1000) + "s";
}

std::string text_of(const AskedSource& source) {
    const event::Terms& terms = source.terms;
    return source.name + " (" + source.provider + "): confirm " + std::string(text_of(terms.confirm)) + ", patience " +
           seconds_text(terms.confirm_timeout) + (terms.publish_unconfirmed ? " then publish" : " then hold") +
           ", recheck " + seconds_text(terms.conflict_recheck) + ", gives up after " +
           seconds_text(terms.give_up_after) + "\n";
}

std::string text_of(const Course& course, const AskedSource& source) {
    std::string text = "payment " + std::to_string(course.payment) + " of " + source.name + ", " +
                       expected_text(course.sum).value + ":";
    for (const Standing& standing : course.standings)
        text.append(" ").append(to_string(standing.status)).append(" from ") += seconds_text(standing.from);
    if (course.standings.empty()) text += " never heard of";
    text += "; the API is " + seconds_text(course.lag) + " behind, wavers for " + seconds_text(course.flaps);
    if (course.lie) {
        text.append(", says ").append(to_string(course.lie->status)).append(" from ");
        text += seconds_text(course.lie->from) + " to " + seconds_text(course.lie_until);
    }
    if (course.signed_lie) text += "; signed, but wrong";
    if (course.forged) text += "; forged";
    if (course.wrong_sum) text += "; a callback with another sum";
    if (course.misfit) text += "; registered with another sum";
    if (course.wrong_word) text += "; an operator is mistaken";
    return text + "\n";
}

}  // namespace

std::string text_of(const AskedTruths& asked) {
    std::string text;
    for (const AskedSource& source : asked.sources) text += text_of(source);
    for (const Course& course : asked.courses) text += text_of(course, asked.sources[course.source]);
    return text;
}

}  // namespace tollgate::simulation
