public import Core

/// An e-mail address in its normal form, the only form in which addresses are compared and kept (ID-001 to ID-004).
///
/// The text is trimmed, its full-width letters become plain ones, it is lower-cased without regard to a locale, and the domain is written in A-labels.
/// Only then is it checked: a dot-atom of 1 to 64 ASCII octets, one at-sign, a domain of at least two labels and 253 octets, 254 octets in all.
/// Plus-tags and dots of the local part are significant.
public struct EmailAddress: Sendable, Hashable, LosslessStringConvertible {
    /// The address.
    public let description: String

    /// Takes an address as somebody wrote it.
    ///
    /// - Returns: `nil` when it is no address, or when its normal form would have an at-sign, dot, space or control character that was not
    ///   written as such: a look-alike is refused, not read (ID-003).
    public init?(_ text: String) {
        let written = text.trimmed
        guard written.utf8.count <= 1_024, let plain = Self.plain(written) else { return nil }
        let parts = plain.lowercased().split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocalPart(parts[0]), let domain = DomainName.ascii(String(parts[1])) else { return nil }
        let address = "\(parts[0])@\(domain)"
        guard address.utf8.count <= 254 else { return nil }
        description = address
    }

    /// Takes what the store gives back: an address that was in its normal form when it was kept. The rules are not looked at again for every request.
    ///
    /// - Returns: `nil` for what cannot be one: another text than printable ASCII with one at-sign.
    package static func inNormalForm(_ text: String) -> EmailAddress? {
        var signs = 0
        for byte in text.utf8 {
            guard (33...126).contains(byte) else { return nil }
            if byte == UInt8(ascii: "@") { signs += 1 }
        }
        return signs == 1 && text.utf8.count <= 254 ? EmailAddress(normalForm: text) : nil
    }

    private init(normalForm text: String) {
        description = text
    }

    /// What stands before the at-sign.
    public var localPart: Substring { description.prefix { $0 != "@" } }

    /// What stands behind the at-sign.
    public var domain: Substring { description.drop { $0 != "@" }.dropFirst() }

    /// The address as it may be shown to whoever does not prove to own it: two characters, three stars, the domain (ID-090).
    public var masked: String { "\(localPart.prefix(localPart.count > 2 ? 2 : 1))***@\(domain)" }

    /// Folds full-width letters, digits and signs; refuses what would fold to structure, or is invisible.
    private static func plain(_ text: String) -> String? {
        var plain = String.UnicodeScalarView()
        for scalar in text.composed.unicodeScalars {
            switch scalar.value {
            case 0...32, 127...160: return nil
            case 0xFF20, 0xFF0E, 0xFE6B, 0xFE52, 0x3002, 0xFF61, 0x2024...0x2026: return nil
            case 0xFF01...0xFF5E:
                guard let folded = Unicode.Scalar(scalar.value - 0xFEE0) else { return nil }
                plain.append(folded)
            default:
                guard !scalar.properties.isWhitespace, !scalar.properties.isDefaultIgnorableCodePoint,
                    scalar.properties.generalCategory != .format
                else { return nil }
                plain.append(scalar)
            }
        }
        return String(plain)
    }

    private static func isLocalPart(_ text: Substring) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        let atoms = text.split(separator: ".", omittingEmptySubsequences: false)
        return atoms.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isAtomCharacter) }
    }

    /// RFC 5322 §3.2.3
    private static func isAtomCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }
}

extension EmailAddress {
    /// Stands in the place of an address that was taken from an account. No mail reaches it, and nobody can register it (RFC 2606 §2).
    public static func placeholder(for user: User.ID) -> EmailAddress {
        EmailAddress(normal: "\(user.description.lowercased())@\(placeholderDomain)")
    }

    private init(normal: String) {
        description = normal
    }

    private static var placeholderDomain: String { "disowned.invalid" }

    /// Whether it is such a stand-in.
    public var isPlaceholder: Bool { description.hasSuffix("@" + Self.placeholderDomain) }
}
