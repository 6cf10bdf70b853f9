public import Billing
public import Core
internal import Cryptography

/// What a keep link says: which ending it takes back, who got it, and until when it works (IDL-047).
public struct KeepClaims: Sendable, Hashable {
    /// The subscription that goes on.
    public let subscription: Subscription.ID
    /// The case that is taken back.
    public let idleCase: IdleCase.ID
    /// Who got the link, as ``recipient(_:)`` names an address.
    public let recipient: String
    /// When the period ends, and with it the link; whole seconds.
    public let periodEnd: Instant
    /// When the case was decided; whole seconds. Not when the link was made: a mail that is sent again has the same link.
    public let issuedAt: Instant

    /// Says what a link says. Fractions of seconds are dropped.
    public init(subscription: Subscription.ID, idleCase: IdleCase.ID, recipient: String, periodEnd: Instant, issuedAt: Instant) {
        self.subscription = subscription
        self.idleCase = idleCase
        self.recipient = recipient
        self.periodEnd = Instant(secondsSinceEpoch: periodEnd.secondsSinceEpoch)
        self.issuedAt = Instant(secondsSinceEpoch: issuedAt.secondsSinceEpoch)
    }

    /// A name for an address that does not show it: an address in a link would stand in histories and logs of others.
    public static func recipient(_ address: String) -> String {
        Base64URL.encode(SHA256.digest(of: "trellis keep recipient\u{0}" + address.lowercased()).prefix(16))
    }
}

extension KeepClaims {
    /// The claims in one word, by which a stored mail names its link; it is no secret and works for nothing.
    public var reference: String {
        "\(idleCase).\(subscription).\(recipient).\(periodEnd.secondsSinceEpoch).\(issuedAt.secondsSinceEpoch)"
    }

    /// Reads ``reference``; `nil` for anything else.
    public init?(reference: String) {
        let parts = reference.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let idleCase = IdleCase.ID(parts[0]), let subscription = Subscription.ID(parts[1]),
            let end = Int64(parts[3]), let issued = Int64(parts[4])
        else { return nil }
        self.init(
            subscription: subscription, idleCase: idleCase, recipient: parts[2], periodEnd: Instant(secondsSinceEpoch: end),
            issuedAt: Instant(secondsSinceEpoch: issued))
    }
}

/// The claims as they are signed: every one is there, no other is, and members stand in the order of their names.
struct SignedKeepClaims: Codable, Hashable {
    static let version = 1
    static let action = "keep"

    let act: String
    let `case`: String
    let end: Int64
    let exp: Int64
    let iat: Int64
    let kid: String
    let rcp: String
    let sub: String
    let v: Int

    init(_ claims: KeepClaims, keyID: String) {
        act = Self.action
        `case` = claims.idleCase.description
        end = claims.periodEnd.secondsSinceEpoch
        // Equal by definition: a link ends with the period.
        exp = end
        iat = claims.issuedAt.secondsSinceEpoch
        kid = keyID
        rcp = claims.recipient
        sub = claims.subscription.description
        v = Self.version
    }

    /// The claims; `nil` when one of them is not as the signer writes it.
    var claims: KeepClaims? {
        guard v == Self.version, act == Self.action, exp == end, let idleCase = IdleCase.ID(`case`), let subscription = Subscription.ID(sub)
        else { return nil }
        return KeepClaims(
            subscription: subscription, idleCase: idleCase, recipient: rcp, periodEnd: Instant(secondsSinceEpoch: end),
            issuedAt: Instant(secondsSinceEpoch: iat))
    }
}
