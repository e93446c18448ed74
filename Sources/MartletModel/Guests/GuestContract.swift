/// What host and guest know of one another before they have spoken.
package enum GuestContract {
    /// What the virtio-serial port of the integration services is called in a guest.
    package static let portName = "org.martlet.guest.0"
    /// Where a guest's integration services listen on vsock. Below 1,024, so that nobody in the guest but root can take their place.
    package static let vsockPort: UInt32 = 1_012
}
