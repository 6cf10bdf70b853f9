internal import Admin
internal import HTTPServer
internal import Orgs

/// A form that changes something by one route of the API: filled in, looked at again, confirmed (ADM-073, ADM-077).
struct ConsoleWrite: Sendable {
    let path: String
    let title: String
    /// What the button says.
    let button: String
    let method: Method
    let api: String
    var fields: [ConsoleField] = []
    /// Whether the id, or what the button says where there is none, has to be typed before it is done.
    var isDestructive = false
    /// Whether what the API answers is shown once, instead of the page that it leads back to.
    var showsAnswer = false
    /// Where it leads back to.
    let back: String

    /// The names of the places in the path.
    var places: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// What has to be typed before something is destroyed: the id that the path names last, or what the button says where it names none.
    func confirmation(in request: Request) -> String {
        places.last.flatMap { request.pathParameters[$0] } ?? button
    }

    static let all: [ConsoleWrite] = first + desk

    private static let first: [ConsoleWrite] = [
        ConsoleWrite(
            path: "/console/orgs/{org_id}/limits", title: "Set limits", button: "Set these limits", method: .put,
            api: "/v1/admin/orgs/{org_id}/limits",
            fields: [
                ConsoleField(
                    name: "max_graphs", label: "Graphs: a number, unlimited, or empty to leave it", kind: .limit, isOptional: true),
                ConsoleField(
                    name: "max_members", label: "Members: a number, unlimited, or empty to leave it", kind: .limit, isOptional: true),
            ], back: "/console/orgs/{org_id}"),
        ConsoleWrite(
            path: "/console/orgs/{org_id}/freeze", title: "Freeze", button: "Make the org read-only", method: .post,
            api: "/v1/admin/orgs/{org_id}/freeze",
            fields: [ConsoleField(name: "cause", label: "Cause", kind: .choice(FreezeReason.allCases.map(\.rawValue)))],
            isDestructive: true,
            back: "/console/orgs/{org_id}"),
        ConsoleWrite(
            path: "/console/orgs/{org_id}/thaw", title: "Thaw", button: "Let the org write again", method: .post,
            api: "/v1/admin/orgs/{org_id}/thaw", back: "/console/orgs/{org_id}"),
        ConsoleWrite(
            path: "/console/notes/{subject_id}/add", title: "Add a note", button: "Add the note", method: .post,
            api: "/v1/admin/notes/{subject_id}", fields: [ConsoleField(name: "text", label: "Note", kind: .text)],
            back: "/console/notes/{subject_id}"),
        ConsoleWrite(
            path: "/console/throttles/block", title: "Block a network", button: "Shut the network out", method: .post,
            api: "/v1/admin/throttles/block",
            fields: [
                ConsoleField(name: "address", label: "Address"),
                ConsoleField(name: "until", label: "Until, such as 2026-01-31T10:00:00Z"),
            ], back: "/console/throttles"),
        ConsoleWrite(
            path: "/console/throttles/unblock", title: "Unblock a network", button: "Let the network in", method: .post,
            api: "/v1/admin/throttles/unblock", fields: [ConsoleField(name: "address", label: "Address")], back: "/console/throttles"),
        ConsoleWrite(
            path: "/console/log-levels/change", title: "Change a log level", button: "Change the level", method: .put,
            api: "/v1/admin/log-levels/{component}",
            fields: [
                ConsoleField(name: "component", label: "Part of the product"),
                ConsoleField(name: "level", label: "Level", kind: .choice(["debug", "info", "warning", "error"])),
                ConsoleField(name: "minutes", label: "Minutes, 1 to 15", kind: .number),
            ], back: "/console/log-levels"),
        ConsoleWrite(
            path: "/console/legal-holds/set", title: "Set a legal hold", button: "Keep everything about it", method: .post,
            api: "/v1/admin/legal-holds", fields: [ConsoleField(name: "subject_id", label: "Id of an org, a person or a graph")],
            back: "/console/legal-holds"),
        ConsoleWrite(
            path: "/console/legal-holds/{hold_id}/lift", title: "Lift a legal hold", button: "Lift the hold", method: .post,
            api: "/v1/admin/legal-holds/{hold_id}/lift", isDestructive: true, back: "/console/legal-holds"),
        ConsoleWrite(
            path: "/console/operators/invite", title: "Invite an operator", button: "Admit the person", method: .post,
            api: "/v1/admin/operators",
            fields: [
                ConsoleField(name: "name", label: "Name"),
                ConsoleField(name: "email", label: "Where the person reads mail; the link goes there, and is not shown", isOptional: true),
                ConsoleField(name: "role", label: "Role", kind: .choice(OperatorRole.allCases.map(\.rawValue))),
            ], showsAnswer: true, back: "/console/operators"),
        ConsoleWrite(
            path: "/console/operators/{operator_id}/invite", title: "Send another link", button: "Mail another link", method: .post,
            api: "/v1/admin/operators/{operator_id}/invite", back: "/console/operators"),
        ConsoleWrite(
            path: "/console/operators/{operator_id}/address", title: "Set the address", button: "Send mail there from now on", method: .put,
            api: "/v1/admin/operators/{operator_id}/address",
            fields: [ConsoleField(name: "email", label: "Where the person reads mail")], back: "/console/operators"),
        ConsoleWrite(
            path: "/console/mail/templates/{template}/send-test", title: "Send it to me", button: "Send it to my own address",
            method: .post, api: "/v1/admin/mail/templates/{template}/send-test", fields: MailTemplatePage.fields,
            back: "/console/mail/templates/{template}"),
        ConsoleWrite(
            path: "/console/operators/{operator_id}/disable", title: "End an operator", button: "End this operator", method: .post,
            api: "/v1/admin/operators/{operator_id}/disable", isDestructive: true, back: "/console/operators"),
        ConsoleWrite(
            path: "/console/sessions/{session_id}/end", title: "End a session", button: "End this session", method: .post,
            api: "/v1/admin/sessions/{session_id}/end", back: "/console/sessions"),
    ]
}

extension String {
    /// The text with the places of a path filled in.
    func filled(_ places: [String: String]) -> String {
        places.reduce(self) { text, place in text.replacing("{\(place.key)}", with: ConsoleText.encoded(place.value)) }
    }
}
