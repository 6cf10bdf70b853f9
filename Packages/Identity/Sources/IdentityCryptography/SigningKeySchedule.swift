internal import Core
internal import Cryptography

/// When each signing key is used (ID-056): all nodes change from one key to the next at one instant, by the business time, without being told.
///
/// A key whose name ends in a UTC time, as in `k2-20270101T000000Z`, is used from then on; it is published and verified from the moment it is configured,
/// which should be an hour before. A key without a time is used from the beginning; of several the first of the ring. A key that has a successor goes on
/// verifying until an hour after its last token can be refreshed, and is gone then.
struct SigningKeySchedule: Sendable {
    /// One key with its times.
    struct Entry: Sendable {
        let key: KeyRing.Key
        /// From when it signs.
        let useFrom: Instant
        /// From when it verifies nothing any more; `nil` as long as it has no successor.
        let retireAt: Instant?

        func isPublished(at now: Instant) -> Bool { retireAt.map { now < $0 } ?? true }
    }

    /// In the order of their use.
    let entries: [Entry]

    /// Reads the times.
    ///
    /// - Parameter lifetime: how long after it was made a token can still be refreshed.
    init(_ ring: KeyRing, lifetime: Duration) {
        let beginning = Instant(secondsSinceEpoch: 0)
        // The first of several from the beginning is the one in use: it comes behind the others.
        let ordered = ring.keys.reversed().enumerated().map { (place: $0, key: $1, useFrom: Self.useFrom($1.id) ?? beginning) }
            .sorted { ($0.useFrom, $0.place) < ($1.useFrom, $1.place) }
        entries = ordered.indices.map { index in
            let successor = index + 1 < ordered.count ? ordered[index + 1].useFrom : nil
            // Keys from the beginning have no order in time: the older ones verify until they are taken out of the configuration.
            let retireAt = successor.flatMap { $0 == beginning ? nil : $0 + lifetime + .hours(1) }
            return Entry(key: ordered[index].key, useFrom: ordered[index].useFrom, retireAt: retireAt)
        }
    }

    /// The place of the key in use at an instant; the first one before any is.
    func indexInUse(at now: Instant) -> Int {
        entries.lastIndex { $0.useFrom <= now } ?? 0
    }

    /// Whether the key of a name still verifies at an instant.
    func isPublished(_ id: String, at now: Instant) -> Bool {
        entries.first { $0.key.id == id }?.isPublished(at: now) ?? false
    }

    /// The time at the end of a key's name.
    static func useFrom(_ id: String) -> Instant? {
        let text = Array((id.split(separator: "-").last ?? "").utf8)
        guard text.count == 16, text[8] == UInt8(ascii: "T"), text[15] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return Instant(
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }
}
