// The API's description of what it knows of subscribers, and of how one pulls.
#include "openapi_subscribers.hpp"

namespace tollgate::app {
namespace {

constexpr std::string_view text = R"json(    "/v1/subscribers": {
      "get": {
        "summary": "How far every subscriber is",
        "description": "Needs a token with the scope read. Of every subscriber that the store knows, on any node. `kind`, `breaker` and `paused` are what the node that answers knows.",
        "responses": {
          "200": {
            "description": "By name",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["subscribers"],
                  "properties": {
                    "subscribers": {
                      "type": "array",
                      "items": {
                        "type": "object",
                        "required": ["name", "kind", "breaker", "paused", "lag", "parked", "dead"],
                        "properties": {
                          "name": {"type": "string"},
                          "kind": {"enum": ["url", "pull", null], "description": "Whether its events are posted to it or it asks for them. Null: this node's configuration lacks it."},
                          "breaker": {"enum": ["closed", "open", null], "description": "Open: it fails so often that only probes are sent. Null: nothing is posted to it from this node."},
                          "paused": {"type": "boolean", "description": "This node posts nothing to it, as after a 410."},
                          "lag": {
                            "type": "object",
                            "required": ["events", "oldest_at", "oldest_seconds"],
                            "properties": {
                              "events": {"type": "integer", "description": "Of the log, beyond its cursors: neither delivered nor parked nor dead. What it does not want counts until it is passed."},
                              "oldest_at": {"type": ["string", "null"], "format": "date-time", "description": "When the oldest of them was accepted."},
                              "oldest_seconds": {"type": ["integer", "null"], "description": "How long ago that was."}
                            }
                          },
                          "parked": {"type": "integer", "description": "Deliveries that wait for their next attempt, or for another of their payment."},
                          "dead": {"type": "integer", "description": "Dead letters. A range of events that retention took counts as one."}
                        }
                      }
                    }
                  }
                }
              }
            }
          },
          "errors": []
        }
      }
    },
    "/v1/subscribers/{name}/dead-letters": {
      "get": {
        "summary": "What a subscriber was given up on, oldest first",
        "description": "Needs a token with the scope read. A page holds about 1 MiB at most.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}}
        ],
        "responses": {
          "200": {
            "description": "A page",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["dead_letters", "more"],
                  "properties": {
                    "dead_letters": {"type": "array", "items": {"$ref": "#/components/schemas/DeadLetter"}},
                    "more": {"type": "boolean", "description": "There are more than these."}
                  }
                }
              }
            }
          },
          "errors": [404]
        }
      }
    },
    "/v1/subscribers/{name}/events": {
      "get": {
        "summary": "The next events of a subscriber that pulls",
        "description": "Needs a token with the scope pull that is for this subscriber. The same events come, and behind them what is new, until their `cursor` is acknowledged. Those of one payment come in their order. A page holds about 1 MiB at most. 409 for a subscriber with a url. 503 also when 8 requests for the events of this subscriber are waiting, or 64 for those of all. A request whose connection is closed waits no longer.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
          {"name": "wait", "in": "query", "schema": {"type": "string", "default": "0s"}, "description": "For the first event, 0s to 60s: 30s. The answer may come sooner without one."}
        ],
        "responses": {
          "200": {
            "description": "None, or some",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["events", "cursor", "more"],
                  "properties": {
                    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                    "cursor": {"type": "string", "description": "Opaque: what to acknowledge them by."},
                    "more": {"type": "boolean", "description": "There may be more behind them, also when there are none: the filter wanted nothing of what was looked at. Ask again at once, after acknowledging."}
                  }
                }
              }
            }
          },
          "errors": [404, 409]
        }
      }
    },
    "/v1/subscribers/{name}/ack": {
      "post": {
        "summary": "A subscriber that pulls has its events",
        "description": "Needs a token with the scope pull that is for this subscriber. Acknowledges all that came with the cursor and before. May be repeated; an older cursor changes nothing. 409 for a subscriber with a url, and for a cursor that the store has outlived, as when Redis was restarted: then pull again, which gives out once more what was not acknowledged.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["cursor"],
                "additionalProperties": false,
                "properties": {"cursor": {"type": "string", "description": "Of an answer with events."}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "They are acknowledged",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["moved"],
                  "properties": {"moved": {"type": "boolean", "description": "False: they were before."}}
                }
              }
            }
          },
          "errors": [404, 409]
        }
      }
    }
)json";

}  // namespace

std::string_view subscriber_paths() noexcept {
    return text;
}

}  // namespace tollgate::app
