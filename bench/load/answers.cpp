// The rules of AnswerRules; the file system is asked at every answer, so that a script can switch the subscriber off.
#include "answers.hpp"

#include <fnmatch.h>
#include <unistd.h>

namespace tollgate::load {

unsigned AnswerRules::status(std::string_view reference, std::uint32_t attempt, double luck) const {
    constexpr unsigned ok = 200;
    constexpr unsigned unavailable = 503;
    if (!options_.down_file.empty() && ::access(options_.down_file.c_str(), F_OK) == 0) return unavailable;
    const bool has_pattern = !options_.fail_reference.empty();
    if (has_pattern && ::fnmatch(options_.fail_reference.c_str(), std::string(reference).c_str(), 0) != 0) return ok;
    if (luck < options_.fail_share) return options_.fail_status;
    const bool fails_always = has_pattern && options_.fail_share == 0;
    const bool fails = options_.fail_first == 0 ? fails_always : attempt <= options_.fail_first;
    return fails ? options_.fail_status : ok;
}

}  // namespace tollgate::load
