internal import Core

/// How all events are delivered (STR-166, STR-181).
struct DeliveryPolicy: Codable, Sendable, Hashable {
    enum Order: String, Codable, Sendable {
        /// All at once, as Stripe does.
        case natural
        /// One after the other in the order of creation.
        case strict
        /// One after the other, those of one happening backwards.
        case reverse
        /// One after the other, those of one happening in an order that follows from the seed.
        case shuffle
    }

    var order = Order.natural
    /// How many times each event is delivered.
    var copies = 1
    /// Whether new deliveries wait to be released.
    var isHolding = false
    var seed: UInt64 = 1

    enum CodingKeys: String, CodingKey {
        case order, copies
        case isHolding = "hold"
        case seed
    }
}

/// What is done to deliveries of some type of event.
struct DeliveryRule: Codable, Sendable, Hashable {
    enum Action: String, Codable, Sendable {
        case drop, hold, delay, duplicate, sign
    }

    /// A type, or the beginning of one and a star.
    var type: String
    var action: Action
    var seconds: Int64?
    var times: Int?
    var signature: SignatureForm?
    /// How many deliveries it applies to; without it, all.
    var count: Int?

    enum CodingKeys: String, CodingKey {
        case type
        case action = "do"
        case seconds, times, signature, count
    }
}
