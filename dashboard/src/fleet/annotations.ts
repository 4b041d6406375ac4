// Annotations by which a person asks the controller for something (docs/reference/objects.md).

/** Of a Device: the serial of the certificate to revoke. */
export const kRevokeAnnotation = 'wasmbed.io/revoke-certificate'
/** Of a Device or Application that is being deleted: "true" ends the wait for what devices report. */
export const kForceDeleteAnnotation = 'wasmbed.io/force-delete'
