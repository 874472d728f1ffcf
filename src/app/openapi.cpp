// The API's description of itself: OpenAPI 3.1, served as it stands here but for the refusals, which are said once. A test
// compares its paths with the table of routes.
#include <string>
#include <string_view>

#include "api_endpoints.hpp"
#include "openapi_parts.hpp"
#include "openapi_subscribers.hpp"

namespace tollgate::app {
namespace {

constexpr std::string_view head_and_paths = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Tollgate",
    "version": ")json" TOLLGATE_VERSION R"json(",
    "description": "What a webhook gateway for payment callbacks knows. Times are RFC 3339 in UTC. Members that are not described may be added."
  },
  "security": [{"token": []}],
  "paths": {
    "/": {
      "get": {
        "summary": "A page for people that shows what the probes tell",
        "security": [],
        "responses": {"200": {"description": "HTML", "content": {"text/html": {"schema": {"type": "string"}}}}}
      }
    },
    "/livez": {
      "get": {
        "summary": "The process runs",
        "security": [],
        "responses": {"200": {"description": "It does", "content": {"application/json": {"schema": {"type": "object"}}}}}
      }
    },
    "/readyz": {
      "get": {
        "summary": "Whether a callback can be made durable, and what a 200 to a provider is worth",
        "security": [],
        "responses": {
          "200": {"description": "Ready", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}},
          "503": {"description": "Not ready, or about to end", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}}}
        }
      }
    },
    "/metrics": {
      "get": {
        "summary": "Metrics in the text format of Prometheus",
        "security": [],
        "responses": {"200": {"description": "All series", "content": {"text/plain": {"schema": {"type": "string"}}}}}
      }
    },
    "/v1/openapi.json": {
      "get": {
        "summary": "This description",
        "security": [],
        "responses": {"200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": {"type": "object"}}}}}
      }
    },
    "/v1/payments/{source}/{reference}": {
      "get": {
        "summary": "One payment: its state, and everything that happened to it",
        "description": "Needs a token with the scope read.",
        "parameters": [
          {"name": "source", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "reference", "in": "path", "required": true, "schema": {"type": "string"}, "description": "The payment's reference, or any other of its ids; percent-encoded. Of a callback that was not understood: the SHA-256 of its body, in hexadecimal."}
        ],
        "responses": {
          "200": {"description": "The payment; or, with `waiting`, what is registered under an id that no payment carries yet", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Payment"}}}},
          "409": {"$ref": "#/components/responses/Ambiguous"},
          "errors": [404]
        }
      }
    },
    "/v1/payments/{source}/{reference}/resolve": {
      "post": {
        "summary": "How a payment ended, by an operator",
        "description": "Needs a token with the scope operate. A payment without a final state moves to this one, one with another is corrected, and a conflict about it is over. 409 when something came in between, or several payments carry the id.",
        "parameters": [
          {"name": "source", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "reference", "in": "path", "required": true, "schema": {"type": "string"}, "description": "The payment's reference, or any other of its ids; percent-encoded."}
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["status", "note"],
                "additionalProperties": false,
                "properties": {
                  "status": {"enum": ["succeeded", "failed", "cancelled", "expired", "settled", "reversed"]},
                  "note": {"type": "string", "minLength": 1, "maxLength": 1000, "description": "Why; in bytes of UTF-8. Subscribers get it as `reason.message`."}
                }
              }
            }
          }
        },
        "responses": {
          "200": {"description": "The payment, as it is now", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentState"}}}},
          "errors": [404, 409]
        }
      }
    },
    "/v1/expectations": {
      "post": {
        "summary": "Somebody waits for a payment",
        "description": "Needs a token with the scope expect. May be repeated. The sum is compared with what the provider reports, whichever comes first; the first registration that names one counts; of those under another id the newest, for payments that are heard of after it. Where the source has a [source.requery], its provider is asked until the payment's end is known. Without `reference` exactly one of the two other ids is needed: it is registered for each payment that carries the id, and waits for those that will; see `waiting` in the answer.",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["source"],
                "additionalProperties": false,
                "properties": {
                  "source": {"type": "string"},
                  "reference": {"type": "string", "minLength": 1, "maxLength": 128, "description": "The one that every callback of the provider carries."},
                  "merchant_reference": {"type": "string", "minLength": 1, "maxLength": 128},
                  "provider_reference": {"type": "string", "minLength": 1, "maxLength": 128},
                  "kind": {"enum": ["payment", "payout"], "default": "payment", "description": "Money in, or money out. It counts until the provider has said which of the two it is; not every answer does."},
                  "amount": {"type": "string", "description": "Decimal, in major units: 3000.00"},
                  "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                  "initiated_at": {"type": "string", "format": "date-time", "description": "When the payment began: the first question counts from then. Absent: now. Under another id than the reference: payments that were heard of more than five minutes before it (absent: a day before now) are not meant."},
                  "first_after": {"type": "string", "description": "From then to the first question, 1ms to 30d: 30s. Absent: the source's own."}
                }
              }
            }
          }
        },
        "responses": {
          "200": {"description": "A payment, or a registration under another id, that was known, as it is now", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentState"}}}},
          "202": {"description": "The store is away: the registration is kept on this machine and counts when it is back; of the payment nothing is known yet", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentState"}}}},
          "201": {"description": "A payment, or another id, that nobody had heard of", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentState"}}}},
          "errors": [404]
        }
      }
    },
    "/v1/sources/{name}/requery": {
      "post": {
        "summary": "Ask a payment's provider now",
        "description": "Needs a token with the scope operate. The next question is due at once. A payment whose end is known is asked about once; an answer that contradicts it opens a conflict. 409 for a source without a [source.requery], and for an id that several payments carry.",
        "parameters": [
          {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["reference"],
                "additionalProperties": false,
                "properties": {"reference": {"type": "string", "minLength": 1, "maxLength": 128, "description": "The payment's, or any other of its ids."}}
              }
            }
          }
        },
        "responses": {
          "200": {"description": "The payment, with the time of its next question", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PaymentState"}}}},
          "errors": [404, 409]
        }
      }
    },
    "/v1/events": {
      "get": {
        "summary": "The events of all payments, oldest first",
        "description": "Needs a token with the scope read. Events of one payment come in their order, and none is left out or repeated while `next` is handed back as `after`. A page holds about 1 MiB at most, so it may be shorter than `limit`; with `source` or `type` it may be empty though there is more.",
        "parameters": [
          {"name": "after", "in": "query", "schema": {"type": "string"}, "description": "`next` of the page before; absent: from the oldest event that is retained."},
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
          {"name": "latest", "in": "query", "schema": {"type": "boolean", "default": false}, "description": "The last events there are, instead of the first behind `after`."},
          {"name": "source", "in": "query", "schema": {"type": "string"}},
          {"name": "type", "in": "query", "schema": {"type": "string"}, "description": "A pattern, `*` stands for anything: payment.*"}
        ],
        "responses": {
          "200": {
            "description": "A page",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["events", "next", "more"],
                  "properties": {
                    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                    "next": {"type": "string", "description": "Opaque. Always there: at the end it waits for what comes."},
                    "more": {"type": "boolean", "description": "There was more when this was read."}
                  }
                }
              }
            }
          },
          "errors": []
        }
      }
    }
)json";

constexpr std::string_view components = R"json(
  },
  "components": {
    "securitySchemes": {
      "token": {"type": "http", "scheme": "bearer", "description": "The secret of a [[token]]. Without any in the configuration, requests from this machine need none."}
    },
    "responses": {
      "Error": {"description": "See `code`", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "Ambiguous": {"description": "Several payments carry this id: `error.references` names them, the latest 16", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}},
      "Unauthorized": {
        "description": "No token, or none of ours",
        "headers": {"WWW-Authenticate": {"schema": {"type": "string"}}},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
      }
    },
)json"
// A literal of its own: compilers promise no more than 65,536 characters each, and this one is the part that grows.
R"json(    "schemas": {
      "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
          "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
              "code": {"enum": ["invalid_request", "unauthorized", "forbidden", "not_found", "conflict", "unavailable"]},
              "message": {"type": "string"}, "references": {"type": "array", "items": {"type": "string"}, "description": "Of an id that several payments carry: theirs."}
            }
          }
        }
      },
      "Readiness": {
        "type": "object",
        "required": ["status", "acknowledged_means"],
        "properties": {"status": {"type": "string"}, "acknowledged_means": {"type": "string"}}
      },
      "Money": {
        "type": ["object", "null"],
        "required": ["value", "minor", "currency"],
        "properties": {
          "value": {"type": "string", "description": "Decimal, in major units."},
          "minor": {"type": ["integer", "null"]},
          "currency": {"type": ["string", "null"]}
        }
      },
      "Event": {
        "type": "object",
        "description": "As subscribers get it.",
        "required": ["id", "type", "timestamp", "data"],
        "properties": {
          "id": {"type": "string"},
          "type": {"type": "string"},
          "timestamp": {"type": "string", "format": "date-time"},
          "data": {"type": "object"}
        }
      },
      "PaymentState": {
        "type": "object",
        "required": ["source", "reference", "kind", "state", "evidence", "corrected", "amount", "expected_amount", "sequence", "held", "expectation"],
        "properties": {
          "source": {"type": "string"},
          "reference": {"type": ["string", "null"], "description": "Null together with `waiting`."},
          "kind": {"enum": ["payment", "payout", "conversion", "topup"]},
          "state": {"enum": ["pending", "action_required", "unresolved", "succeeded", "failed", "cancelled", "expired", "settled", "reversed", null]},
          "evidence": {"enum": ["signed", "shared_secret", "ip", "requery", "callback+requery", "operator", null]},
          "corrected": {"type": "boolean"},
          "amount": {"$ref": "#/components/schemas/Money"},
          "expected_amount": {"$ref": "#/components/schemas/Money"},
          "sequence": {"type": "integer", "description": "Of the last event."},
          "held": {
            "type": ["object", "null"],
            "description": "A final status that waits until the provider has confirmed it.",
            "required": ["status", "amount", "evidence"],
            "properties": {
              "status": {"enum": ["succeeded", "failed", "cancelled", "expired", "settled", "reversed"]},
              "amount": {"$ref": "#/components/schemas/Money"},
              "evidence": {"enum": ["signed", "shared_secret", "ip"]}
            }
          },
          "expectation": {
            "type": ["object", "null"],
            "description": "Why the provider is asked. Null: it is not.",
            "required": ["purpose", "since", "due"],
            "properties": {
              "purpose": {"enum": ["outcome", "confirmation", "conflict", "settlement", "check"]},
              "since": {"type": "string", "format": "date-time"},
              "due": {"type": "string", "format": "date-time", "description": "Of the next question."}
            }
          },
          "waiting": {"type": "object",
            "description": "Only of a registration under another id than a payment's reference, unless it is for one payment: then the answer is that.",
            "required": ["asked", "note", "payments"],
            "properties": {
              "merchant_reference": {"type": "string"}, "provider_reference": {"type": "string"},
              "asked": {"type": "boolean", "description": "Whether the provider is asked by this id until a payment carries it. False: only a callback finds the payment."}, "note": {"type": "string", "description": "The same for people, and why."},
              "payments": {"type": "array", "items": {"type": "string"}, "description": "References of those that it was registered for; empty when it waits."}
            }
          }
        }
      },
      "Payment": {
        "allOf": [{"$ref": "#/components/schemas/PaymentState"}],
        "required": ["complete", "timeline"],
        "properties": {
          "complete": {"type": "boolean", "description": "False: not all events were found. Retention took them, or they lie too far from the callbacks in a large log."},
          "timeline": {"type": "array", "items": {"$ref": "#/components/schemas/Moment"}}
        }
      },
      "Moment": {
        "type": "object",
        "description": "A callback of the journal (each body once; no secrets), a question to the provider (the latest 20), or an event.",
        "required": ["at", "what"],
        "properties": {
          "at": {"type": "string", "format": "date-time", "description": "When the callback first came, the provider was asked, or the event was accepted."},
          "what": {"enum": ["callback", "requery", "event"]},
          "purpose": {"enum": ["outcome", "confirmation", "conflict", "settlement", "check"], "description": "Of a question."},
          "result": {"type": "string", "description": "Of a question: reported, unknown, refused, ..."},
          "said": {"type": "string", "description": "Of a question, for people."},
          "event": {"$ref": "#/components/schemas/Event"},
          "deliveries": {"type": "array", "items": {"$ref": "#/components/schemas/EventDelivery"}, "description": "Of an event: one for each subscriber of the node that answers that wants it, as last saved. Of very many (200 in all) the oldest are left out."},
          "content_type": {"type": "string"},
          "count": {"type": "integer", "description": "How often this body came."},
          "last_at": {"type": "string", "format": "date-time"},
          "size": {"type": "integer", "description": "Of the body, in bytes."},
          "body": {"type": ["string", "null"], "description": "Null when it is not text, or when the bodies before it were 1 MiB together."},
          "body_base64": {"type": "string", "description": "Of a body that is not text."}
        }
      },
      "EventDelivery": {
        "type": "object",
        "required": ["subscriber", "state"],
        "properties": {
          "subscriber": {"type": "string"},
          "state": {"enum": ["waiting", "parked", "dead", "delivered"], "description": "waiting: its turn has not come, or what came of it is not saved yet. parked: it failed, and is attempted again. dead: given up. delivered: behind the subscriber's cursor, and nothing of these; also said of events from before it began."},
          "attempts": {"type": "integer", "description": "That failed; of what is parked or dead."},
          "failures": {"type": "array", "items": {"$ref": "#/components/schemas/FailedAttempt"}, "description": "The last ten, of what is parked or dead."},
          "next_attempt_at": {"type": "string", "format": "date-time", "description": "Of what is parked; the later events of a payment wait for its first."},
          "reason": {"type": "string", "description": "Why it is dead."},
          "at": {"type": "string", "format": "date-time", "description": "When it was given up."}
        }
      },
      "FailedAttempt": {
        "type": "object",
        "properties": {"at": {"type": "string"}, "duration_ms": {"type": "integer"}, "what": {"type": "string"}}
      },
      "DeadLetter": {
        "type": "object",
        "required": ["event_id", "reason", "at", "attempts", "failures", "shard", "first_position", "last_position", "event"],
        "properties": {
          "event_id": {"type": ["string", "null"], "description": "Null for a range of events that retention took."},
          "reason": {"enum": ["exhausted", "superseded", "expired"]},
          "at": {"type": "string", "format": "date-time"},
          "attempts": {"type": "integer"},
          "failures": {"type": "array", "items": {"$ref": "#/components/schemas/FailedAttempt"}},
          "shard": {"type": "integer"},
          "first_position": {"type": "integer"},
          "last_position": {"type": "integer"},
          "event": {"oneOf": [{"$ref": "#/components/schemas/Event"}, {"type": "null"}]}
        }
      }
    }
  }
}
)json";

}  // namespace

std::string_view openapi_text() {
    static const std::string text = with_refusals(std::string(head_and_paths) + ",\n" + std::string(subscriber_paths()) +
                                                  std::string(openapi_operating) + std::string(components));
    return text;
}

void get_openapi(ApiContext& /*context*/, const ApiCall& /*call*/, Answer answer) {
    answer.json(openapi_text());
}

}  // namespace tollgate::app
