// The one translation unit that compiles Asio's and its TLS layer's non-template code.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
