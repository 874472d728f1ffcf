// ByteStream: hands its calls to the link of the time.
#include "byte_stream_link.hpp"

#include <utility>

namespace tollgate::net {

core::Result<std::shared_ptr<const StreamTrust>> load_stream_trust(const std::string& ca_file) {
    ClientOptions options;
    options.ca_file = ca_file;
    auto context = make_client_tls(options);
    if (!context) return context.error();
    return std::shared_ptr<const StreamTrust>(std::make_shared<StreamTrust>(std::move(*context)));
}

std::string StreamTarget::name() const {
    if (!unix_socket.empty()) return unix_socket;
    const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return shown + ":" + std::to_string(port);
}

ByteStream::ByteStream(boost::asio::io_context& loop) : loop_(loop), names_(std::make_shared<Names>(loop)) {}

ByteStream::~ByteStream() {
    close();
}

void ByteStream::connect(StreamTarget target, Connected done) {
    close();
    link_ = std::make_shared<Link>(loop_, std::move(target), std::move(done));
    link_->connect(*names_);
}

void ByteStream::read_some(Received done) {
    link_->read_some(std::move(done));
}

void ByteStream::write(std::string bytes, Written done) {
    link_->write(std::move(bytes), std::move(done));
}

void ByteStream::close() noexcept {
    names_->forget();
    if (link_) std::exchange(link_, nullptr)->close();
}

}  // namespace tollgate::net
