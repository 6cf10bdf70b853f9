import Core
import Lifecycle
import Testing

@Suite struct SettingsTests {
    private struct NoFile: Error {}
    private func settings(_ environment: [String: String], files: [String: String] = [:]) -> Settings {
        Settings(environment: environment, prefix: "T_", known: ["T_A", "T_B", "T_C"]) { path in
            guard let text = files[path] else { throw NoFile() }
            return text
        }
    }

    @Test func `all problems are said at once and none shows a value`() throws {
        var settings = settings(["T_A": "x9", "T_TYPO": "1", "T_B_FILE": "nowhere", "PATH": "elsewhere"])
        _ = settings.integer("T_A", default: 1, in: 1...5)
        _ = settings.requiredSecret("T_B", because: "cards are charged with it")
        _ = settings.requiredText("T_C", because: "mails name it")
        let error = try #require(throws: SettingsError.self) { try settings.check() }
        #expect(
            error.problems == [
                "T_TYPO is not a setting; see docs/operations/settings.md for the list",
                "T_A must be a whole number from 1 to 5",
                "T_B_FILE names a file that cannot be read",
                "T_B is required: cards are charged with it",
                "T_C is required: mails name it",
            ])
    }

    @Test func `a secret comes from a file and is never shown`() throws {
        var settings = settings(["T_A_FILE": "key"], files: ["key": "hunter2\n"])
        let secret = settings.requiredSecret("T_A", because: "test")
        #expect(secret.withValue { $0 } == "hunter2")
        #expect(settings.effective.map(\.name) == ["T_A"])
        #expect(settings.effective.map(\.value) == ["<redacted>"])
        try settings.check()
    }

    @Test func `a value given twice is refused`() {
        var settings = settings(["T_A": "1", "T_A_FILE": "key"], files: ["key": "2"])
        _ = settings.text("T_A", default: "")
        #expect(throws: SettingsError.self) { try settings.check() }
    }

    @Test func `defaults, lists, flags and choices`() throws {
        var settings = settings(["T_A": " a, ,b ", "T_B": "false", "T_C": ""])
        let list = settings.list("T_A", default: [])
        let flag = settings.flag("T_B", default: true)
        let choice = settings.choice("T_C", default: "x", of: ["x", "y"])
        #expect(list == ["a", "b"])
        #expect(!flag)
        #expect(choice == "x")
        try settings.check()
    }
}
