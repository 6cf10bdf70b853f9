/// Takes out of a text what an entry never shows whole (AUD-053, AUD-054): it stands before the log, for the case that a caller did not shorten.
///
/// An API key or secret keeps its first 8 characters, a provider's id its first 8 and last 4, an e-mail address and a token nothing at all.
/// Ids of our own are left as they are.
public enum AuditRedaction {
    /// What stands in the place of an e-mail address.
    public static let address = "[address]"
    /// What stands in the place of a token.
    public static let token = "[token]"

    /// The text as an entry may show it. Shortening twice changes nothing more.
    ///
    /// - Parameter keepsAddresses: leaves e-mail addresses as they are, where they stand beside the entry and can be erased (AUD-059).
    public static func shown(_ text: String, keepsAddresses: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: ".") }) else {
            return text
        }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return shown(ascii: text, keepsAddresses) }
        var result = ""
        var word = ""
        for character in text {
            if isPart(character) {
                word.append(character)
            } else {
                result += shownWord(word, keepsAddresses)
                result.append(character)
                word = ""
            }
        }
        return result + shownWord(word, keepsAddresses)
    }

    /// The same for a text of ASCII alone, whose words are found without looking at what a character is in Unicode.
    private static func shown(ascii text: String, _ keepsAddresses: Bool) -> String {
        var result = ""
        var word = text.startIndex
        for place in text.utf8.indices where !isPart(text.utf8[place]) {
            if word < place { result += shownWord(String(text[word..<place]), keepsAddresses) }
            word = text.utf8.index(after: place)
            result += text[place..<word]
        }
        return word < text.endIndex ? result + shownWord(String(text[word...]), keepsAddresses) : result
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "*"): true
        default: false
        }
    }

    private static let secretPrefixes = ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_", "uak_live_", "uak_test_"]
    private static let providerPrefixes = [
        "sub_", "cus_", "in_", "pi_", "ch_", "evt_", "cs_", "pm_", "card_", "price_", "prod_", "re_", "du_", "dp_", "si_", "seti_", "txn_",
    ]

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_@.-+*".contains(character)
    }

    private static func shownWord(_ word: String, _ keepsAddresses: Bool) -> String {
        guard word.utf8.count >= 5 else { return word }
        if let at = word.firstIndex(of: "@"), at != word.startIndex, word[at...].contains(".") { return keepsAddresses ? word : address }
        if word.hasPrefix("eyJ"), word.split(separator: ".", omittingEmptySubsequences: false).count == 3 { return token }
        if secretPrefixes.contains(where: { word.hasPrefix($0) }) { return word.prefix(8) + "***" }
        guard let prefix = providerPrefixes.first(where: { word.hasPrefix($0) }) else { return word }
        let id = word.dropFirst(prefix.count).drop { $0 == "_" }
        guard id.utf8.count >= 8, !isOurs(id), id.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }) else {
            return word
        }
        return word.prefix(8) + "***" + word.suffix(4)
    }

    /// Our own ids are 26 digits of Crockford's alphabet, in capitals.
    private static func isOurs(_ id: Substring) -> Bool {
        id.utf8.count == 26 && id.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
    }
}
