/// What host and guest know of one another before they have spoken.
package enum GuestContract {
    /// What the virtio-serial port of the integration services is called in a guest.
    package static let portName = "org.martlet.guest.0"
}
