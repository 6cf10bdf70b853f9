internal import Core

/// How good a password is, and which rules it breaks.
public struct PasswordRating: Sendable, Hashable {
    /// The score in a word.
    public enum Strength: String, Sendable, Hashable, CaseIterable {
        /// Below 25.
        case veryWeak = "very_weak"
        /// From 25.
        case weak
        /// From 50.
        case fair
        /// From 75.
        case good
        /// From 90.
        case strong
    }

    /// 0 to 100.
    public let score: Int
    /// The rules it breaks, as sentences; empty for a password that may be used.
    public let errors: [String]
    /// How it could be better, as sentences.
    public let suggestions: [String]
    /// Whether there is an upper-case letter in it.
    public let hasUppercase: Bool
    /// Whether there is a lower-case letter in it.
    public let hasLowercase: Bool
    /// Whether there is a digit in it.
    public let hasDigit: Bool
    /// Whether there is another printable sign in it.
    public let hasSpecial: Bool

    /// Whether it may be used.
    public var isAcceptable: Bool { errors.isEmpty }

    /// The score in a word.
    public var strength: Strength {
        switch score {
        case 90...: .strong
        case 75...: .good
        case 50...: .fair
        case 25...: .weak
        default: .veryWeak
        }
    }
}

/// The one rule for passwords (ID-022 to ID-024): registration, reset, change and check all ask it.
public enum PasswordPolicy {
    /// The fewest characters.
    public static let minimumLength = 12
    /// The most characters.
    public static let maximumLength = 128
    /// The most octets.
    public static let maximumOctets = 512
    /// The fewest different characters.
    public static let minimumDifferentCharacters = 8
    /// The lowest score.
    public static let minimumScore = 60
    /// The signs that a form may offer.
    public static let specialCharacters = "!@#$%^&*()_+-=[]{}|;:,.<>?"

    private static let weakPatterns = ["123456", "abcdef", "qwerty", "password", "admin", "user", "login", "welcome", "trellis"]
    private static let common: Set<String> = [
        "password", "password1", "password123", "passw0rd", "letmein", "iloveyou", "monkey", "dragon", "football", "baseball", "sunshine",
        "princess", "trustno1", "superman", "qwertyuiop", "1q2w3e4r5t", "zaq12wsx", "changeme", "123456789", "1234567890", "welcome1",
    ]

    /// Rates a password.
    ///
    /// - Parameter email: whose parts must not occur in it.
    public static func rate(_ password: Password, for email: EmailAddress? = nil) -> PasswordRating {
        password.secret.withValue { rate($0, for: email) }
    }

    private static func rate(_ text: String, for email: EmailAddress?) -> PasswordRating {
        let traits = Traits(text, email: email)
        return PasswordRating(
            score: score(of: traits), errors: errors(of: traits, score: score(of: traits)), suggestions: suggestions(for: traits),
            hasUppercase: traits.hasUppercase, hasLowercase: traits.hasLowercase, hasDigit: traits.hasDigit, hasSpecial: traits.hasSpecial)
    }

    /// What a password is made of.
    private struct Traits {
        let count: Int
        let octets: Int
        let different: Int
        let hasUppercase: Bool
        let hasLowercase: Bool
        let hasDigit: Bool
        let hasSpecial: Bool
        let repeats: Bool
        let weakPattern: String?
        let isCommon: Bool
        let hasAddressPart: Bool

        init(_ text: String, email: EmailAddress?) {
            let scalars = text.unicodeScalars
            let folded = text.lowercased()
            count = text.count
            octets = text.utf8.count
            different = Set(text).count
            hasUppercase = scalars.contains { $0.properties.isUppercase }
            hasLowercase = scalars.contains { $0.properties.isLowercase }
            hasDigit = scalars.contains { $0.properties.numericType == .decimal }
            hasSpecial = scalars.contains { scalar in
                let properties = scalar.properties
                return !properties.isUppercase && !properties.isLowercase && properties.numericType != .decimal
                    && ![.control, .format, .unassigned].contains(properties.generalCategory)
            }
            let characters = Array(text)
            repeats = characters.indices.dropFirst(2).contains {
                characters[$0] == characters[$0 - 1] && characters[$0] == characters[$0 - 2]
            }
            weakPattern = PasswordPolicy.weakPatterns.first(where: folded.contains)
            isCommon = PasswordPolicy.common.contains(folded)
            let parts = email?.localPart.split { !$0.isLetter && !$0.isNumber }.filter { $0.count > 3 } ?? []
            hasAddressPart = parts.contains(where: folded.contains)
        }

        var classes: Int { [hasUppercase, hasLowercase, hasDigit, hasSpecial].count { $0 } }
    }

    private static func score(of traits: Traits) -> Int {
        var score = traits.classes * 15
        if traits.count >= minimumLength { score += 20 }
        if traits.different >= minimumDifferentCharacters { score += 10 }
        if traits.classes == 4 { score += 10 }
        if traits.count >= 16 { score += 10 }
        if traits.count >= 20 { score += 5 }
        if traits.repeats || traits.weakPattern != nil { score -= 10 }
        if traits.isCommon { score -= 20 }
        if traits.hasAddressPart { score -= 15 }
        return min(max(score, 0), 100)
    }

    private static func errors(of traits: Traits, score: Int) -> [String] {
        var errors: [String] = []
        if traits.count < minimumLength { errors.append("The password needs at least \(minimumLength) characters.") }
        if traits.count > maximumLength || traits.octets > maximumOctets {
            errors.append("The password may have at most \(maximumLength) characters and \(maximumOctets) bytes.")
        }
        if !traits.hasUppercase { errors.append("The password needs an upper-case letter.") }
        if !traits.hasLowercase { errors.append("The password needs a lower-case letter.") }
        if !traits.hasDigit { errors.append("The password needs a digit.") }
        if !traits.hasSpecial { errors.append("The password needs a sign that is neither letter nor digit.") }
        if traits.different < minimumDifferentCharacters {
            errors.append("The password needs at least \(minimumDifferentCharacters) different characters.")
        }
        if traits.repeats { errors.append("The password must not have one character three times in a row.") }
        if let pattern = traits.weakPattern { errors.append("The password must not contain \(pattern).") }
        if traits.hasAddressPart { errors.append("The password must not contain a part of the e-mail address.") }
        if errors.isEmpty, score < minimumScore || traits.isCommon { errors.append("The password is too easy to guess.") }
        return errors
    }

    private static func suggestions(for traits: Traits) -> [String] {
        var suggestions: [String] = []
        if traits.count < 16 { suggestions.append("Use 16 characters or more.") }
        if traits.classes < 4 { suggestions.append("Mix upper-case and lower-case letters, digits and other signs.") }
        if traits.different < minimumDifferentCharacters { suggestions.append("Use more different characters.") }
        if traits.weakPattern != nil || traits.isCommon || traits.repeats { suggestions.append("Avoid well-known words and rows.") }
        if traits.hasAddressPart { suggestions.append("Leave your address out of it.") }
        return suggestions
    }
}
