// Plot: a run's seconds as a picture: callbacks a second above, latency to the ACK below.
#pragma once

#include "timeline.hpp"

#include <string>
#include <vector>

namespace tollgate::load {

/// An SVG document that needs nothing beside itself. `captions`: lines below the picture, what the figures have to be
/// read with. Latencies are drawn on a logarithmic scale; of more seconds than the picture is wide the worst is drawn.
std::string plot_svg(const std::vector<Second>& seconds, const std::vector<std::string>& captions);

}  // namespace tollgate::load
