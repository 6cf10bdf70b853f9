import Identity
import Testing

@Suite struct PasswordPolicyTests {
    private func rate(_ text: String) -> PasswordRating {
        PasswordPolicy.rate(Password(text), for: EmailAddress("margaret.smith@example.com"))
    }

    @Test func `ID-022 a password that meets every rule is accepted`() {
        #expect(rate("Blue-Kettle42x").errors == [])
    }

    @Test(arguments: [
        ("Blu-Kettle4", "12 characters"), ("blue-kettle42x", "upper-case"), ("BLUE-KETTLE42X", "lower-case"), ("Blue-Kettle-xy", "digit"),
        ("BlueKettle4242", "neither letter nor digit"), ("Aa1-Aa1-Aa1-", "8 different"), ("Blue-Kettle4222", "three times"),
        ("Blue-qwerty42x", "qwerty"), ("Margaret-Kt42x", "address"), ("Trellis-Kett42", "trellis"),
    ])
    func `ID-022 each broken rule is named`(_ password: String, _ word: String) {
        #expect(rate(password).errors.contains { $0.contains(word) }, "\(rate(password).errors)")
    }

    @Test func `ID-022 lengths are judged at the limit`() {
        let unit = "Ab3$efgh"
        #expect(rate("Ab3$efghijkl").isAcceptable)
        #expect(!rate("Ab3$efghijk").isAcceptable)
        #expect(rate(String(repeating: unit, count: 16)).isAcceptable)
        #expect(!rate(String(repeating: unit, count: 16) + "x").isAcceptable)
    }

    @Test(arguments: [
        ("Ab3$efghijkl", 100, PasswordRating.Strength.strong), ("abcdefgh", 15, .veryWeak), ("Abcdefgh1", 45, .weak),
        ("Ab3$efghijklmnopqrst", 100, .strong), ("abcdefghijkl", 35, .weak), ("Abcdxfghijk1", 75, .good), ("", 0, .veryWeak),
    ])
    func `ID-023 the score counts length, classes and variety`(_ password: String, _ score: Int, _ strength: PasswordRating.Strength) {
        let rating = rate(password)
        #expect(rating.score == score)
        #expect(rating.strength == strength)
    }

    @Test func `ID-029 a password prints as redacted`() {
        #expect("\(Password("Blue-Kettle42x"))".contains("Blue") == false)
    }
}
