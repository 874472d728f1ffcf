// The API's description: what operators do with a subscriber.
#include "openapi_parts.hpp"

namespace tollgate::app {

const std::string_view openapi_operating = R"json(,
    "/v1/subscribers/{name}/pause": {
      "post": {
        "summary": "Send a subscriber nothing any more",
        "description": "Needs a token with the scope operate. Holds on every node within seconds, and over restarts. What is on its way ends as it ends; nothing else is attempted, parked or given up. 409 for one without a url.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "responses": {
          "200": {"description": "Done, also when it was so before", "content": {"application/json": {"schema": {"type": "object", "required": ["subscriber", "paused"], "properties": {"subscriber": {"type": "string"}, "paused": {"type": "boolean"}}}}}},
          "errors": [404, 409]
        }
      }
    },
    "/v1/subscribers/{name}/resume": {
      "post": {
        "summary": "Send a subscriber what waits for it",
        "description": "Needs a token with the scope operate. Ends a pause, also the one that the subscriber made by answering 410. It begins with one delivery at a time, and becomes faster as they succeed. 409 for one without a url.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "responses": {
          "200": {"description": "Done, also when it was so before", "content": {"application/json": {"schema": {"type": "object", "required": ["subscriber", "paused"], "properties": {"subscriber": {"type": "string"}, "paused": {"type": "boolean"}}}}}},
          "errors": [404, 409]
        }
      }
    },
    "/v1/subscribers/{name}/forget": {
      "post": {
        "summary": "Forget a subscriber",
        "description": "Needs a token with the scope operate. Its place in the log, what waits for it and its dead letters are deleted; enrolled again it is as one never heard of. 409 while it is in the configuration of this node, or any node works for it.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "responses": {
          "200": {"description": "Forgotten", "content": {"application/json": {"schema": {"type": "object", "required": ["subscriber", "forgotten"], "properties": {"subscriber": {"type": "string"}, "forgotten": {"const": true}}}}}},
          "errors": [404, 409]
        }
      }
    },
    "/v1/subscribers/{name}/replay": {
      "post": {
        "summary": "Send a subscriber events again, under their ids",
        "description": "Needs a token with the scope operate. One event; those accepted from `since` and before `until`, of what the log retains and the subscriber's filter wants; or its dead letters. They are queued in the order of the log, beside what comes; what waits already stays as it is. A request queues 1,000 at most and waits until attempts that are under way have ended: while `more` is true it is to be repeated, with `next` as `after`. 409 for one without a url, and for an event that its filter refuses; 404 for an event that is not found.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "event_id": {"type": "string", "maxLength": 64},
                  "since": {"type": "string", "format": "date-time"},
                  "until": {"type": "string", "format": "date-time"},
                  "dead_letters": {"const": true},
                  "after": {"type": "string", "description": "`next` of the request before."}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What was queued",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["queued", "already_queued", "not_delivered_yet", "not_wanted", "expired_ranges", "full", "more", "next"],
                  "properties": {
                    "queued": {"type": "integer"},
                    "already_queued": {"type": "integer", "description": "Wait for an attempt as it is."},
                    "not_delivered_yet": {"type": "integer", "description": "Come by themselves, in their turn."},
                    "not_wanted": {"type": "integer", "description": "The subscriber's filter refuses them."},
                    "expired_ranges": {"type": "integer", "description": "Dead letters that stand for events that retention took: they cannot be sent again."},
                    "full": {"type": "boolean", "description": "As many wait for the subscriber as may: the rest when some are delivered."},
                    "more": {"type": "boolean"},
                    "next": {"type": ["string", "null"], "description": "Null also for dead letters: ask the same again."}
                  }
                }
              }
            }
          },
          "errors": [404, 409]
        }
      }
    })json";

}  // namespace tollgate::app
