public import Core

/// The kind of thing whose ids are those of recovery codes.
public enum RecoveryCodeEntity: IdentifiedEntity {
    /// `umrc`
    public static let idPrefix = "umrc"
}

/// Codes for whoever has lost every passkey.
enum RecoveryCodes {
    static let count = 10
    static let low = 2
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    /// Ten codes of 50 bits each from secrets that are forgotten at once.
    static func make(by secrets: any SecretMaker, at now: Instant) -> [String] {
        (0..<count).map { _ in
            let seed = secrets.linkSecret(of: "recovery_seed", Identifier<RecoveryCodeEntity>.make(at: now).description)
            let letters = secrets.digest(of: seed).bytes.prefix(10).map { alphabet[Int($0 & 0x1F)] }
            return String(letters[..<5]) + "-" + String(letters[5...])
        }
    }

    /// The code as it is compared: without case and separators, and with the letters that Crockford's alphabet reads as digits; `nil` for what is none.
    static func normalised(_ text: String) -> String? {
        var letters: [Character] = []
        for character in text.uppercased() where !"- .".contains(character) {
            switch character {
            case "O": letters.append("0")
            case "I", "L": letters.append("1")
            default:
                guard alphabet.contains(character) else { return nil }
                letters.append(character)
            }
        }
        return letters.count == 10 ? String(letters) : nil
    }

    /// What is kept: a SHA-256 over a keyed code of person and text, so that rows alone give nothing to guess at.
    static func digest(of code: String, of user: User.ID, by secrets: any SecretMaker) -> SecretDigest {
        secrets.digest(of: secrets.linkSecret(of: "recovery_code", "\(user):\(code)"))
    }
}
