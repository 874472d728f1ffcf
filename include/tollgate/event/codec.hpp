// The event as JSON: exactly what subscribers receive.
#pragma once

#include <string>
#include <string_view>

#include <tollgate/event/event.hpp>

namespace tollgate::event {

/// {"id","type","timestamp","data":{...}}; `data` is the last member. Made once, when the event is accepted; stored and sent as it is.
std::string encode(const Event& event);
/// The type of an event as encode() made it; empty: this is none.
std::string_view encoded_type(std::string_view encoded) noexcept;

/// Structured CloudEvents 1.0 (application/cloudevents+json) around the same `data`, from an event as encode() made it:
/// `source` is /sources/NAME, `subject` the reference (absent for an unrecognised callback), `time` the timestamp.
std::string to_cloudevent(std::string_view encoded, std::string_view source, std::string_view subject);

}  // namespace tollgate::event
