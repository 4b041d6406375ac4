// Made by tools/generate_types.mjs from deploy/crds; change those and run `npm run types`.

import type { Condition, KubeObject } from './kube'

/** Immutable; made by the controller. */
export interface ApplicationRevisionSpec {
  /** The Application this is a revision of. */
  application: ApplicationRevisionSpecApplication
  /** Rises with every revision of the Application; devices refuse a lower one. */
  sequence: number
  /** COSE_Sign1 of the manifest (core/proto/manifest.cddl), base64. */
  manifest: string
  /** What a device must have at least; it is not sent to one that said that it has less. */
  needs?: ApplicationRevisionSpecNeeds
  /** Hex SHA-256 of those bytes. */
  manifestSha256: string
  /** The module as it is sent to devices. */
  module: ApplicationRevisionSpecModule
}

/** The Application this is a revision of. */
export interface ApplicationRevisionSpecApplication {
  /** Its name. */
  name: string
  /** Its uid; an Application made again under the same name is another one. */
  uid: string
}

/** What a device must have at least; it is not sent to one that said that it has less. */
export interface ApplicationRevisionSpecNeeds {
  /** RAM for the app, bytes. */
  ram?: number
  /** Store for the app's data, bytes. */
  storage?: number
  /** As in the manifest. */
  permissions?: string[]
}

/** The module as it is sent to devices. */
export interface ApplicationRevisionSpecModule {
  /** Hex SHA-256 of the module. */
  sha256: string
  /** Bytes of the module. */
  size: number
  /** The module, base64. */
  inline: string
}

/** One state of an Application that devices can run, with its signed manifest. */
export interface ApplicationRevision extends KubeObject {
  spec: ApplicationRevisionSpec
}

/** What the schema allows in fields of ApplicationRevision.spec. */
export const kApplicationRevisionBounds = {
  "application.name": {"minLength":1,"maxLength":63},
  "application.uid": {"minLength":1,"maxLength":36},
  "sequence": {"minimum":1},
  "manifest": {"minLength":4,"maxLength":5464},
  "needs.ram": {"minimum":0},
  "needs.storage": {"minimum":0},
  "needs.permissions": {"maxItems":32},
  "needs.permissions[]": {"maxLength":128},
  "manifestSha256": {"pattern":"^[0-9a-f]{64}$"},
  "module.sha256": {"pattern":"^[0-9a-f]{64}$"},
  "module.size": {"minimum":1,"maximum":131072},
  "module.inline": {"minLength":4,"maxLength":174764},
} as const

/** What should run, and where. */
export interface ApplicationSpec {
  /** The program. */
  module: ApplicationSpecModule
  /** What the module is written in. */
  language?: 'wasm'
  /** Where it runs: exactly one of all, deviceNames, selector. */
  target: ApplicationSpecTarget
  /** What the program is started with. */
  config?: ApplicationSpecConfig
  /** What it may use of the device. */
  limits?: ApplicationSpecLimits
  /** What it may touch: led:<n>, gpio:<pin>:in|out, i2c:<bus>:<addr>, spi:<bus>:<cs>, sensor:<name>, storage:<prefix>*, message:<topic filter>. Denied by default. */
  permissions?: string[]
  /** What happens when the program ends. */
  restart?: ApplicationSpecRestart
  /** Keeps it installed but stopped on every device. */
  suspended?: boolean
  /** How a new revision comes to the devices. Absent: to all of them at once. */
  rollout?: ApplicationSpecRollout
}

/** The program. */
export interface ApplicationSpecModule {
  /** The module itself, base64; at most 128 KiB decoded. */
  inline: string
}

/** Where it runs: exactly one of all, deviceNames, selector. */
export interface ApplicationSpecTarget {
  /** Every device of the namespace. */
  all?: true
  /** Devices by name. */
  deviceNames?: string[]
  /** Devices by label; an empty selector matches every device. */
  selector?: ApplicationSpecTargetSelector
}

/** Devices by label; an empty selector matches every device. */
export interface ApplicationSpecTargetSelector {
  /** Labels that must have exactly these values. */
  matchLabels?: Record<string, string>
  /** Conditions that must all hold. */
  matchExpressions?: ApplicationSpecTargetSelectorMatchExpressions[]
}

export interface ApplicationSpecTargetSelectorMatchExpressions {
  /** Label key. */
  key: string
  /** How values are compared. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Needed by In and NotIn, absent otherwise. */
  values?: string[]
}

/** What the program is started with. */
export interface ApplicationSpecConfig {
  /** Arguments, without the program name. */
  args?: string[]
  /** Environment variables; names of at most 64 bytes. */
  env?: Record<string, string>
}

/** What it may use of the device. */
export interface ApplicationSpecLimits {
  /** Linear memory, bytes. Absent: what the module declares. */
  memory?: number
  /** Stack of frames, bytes. Absent: 4096. */
  stack?: number
  /** Fuel per second. Absent: unlimited. */
  fuelPerSecond?: number
  /** Storage, bytes. Absent: 4096. */
  storage?: number
}

/** What happens when the program ends. */
export interface ApplicationSpecRestart {
  /** Never, OnFailure (trap or exit code other than 0), or Always. */
  policy?: 'Never' | 'OnFailure' | 'Always'
  /** Restarts at most; 0 is no limit. */
  maxRestarts?: number
  /** First wait before a restart, milliseconds; doubles up to 60 s. */
  backoffMs?: number
}

/** How a new revision comes to the devices. Absent: to all of them at once. */
export interface ApplicationSpecRollout {
  /** Steps, in order; each says how far the rollout has come when it is done. A last step over all devices is added unless the last one is 100 percent. */
  batches?: ApplicationSpecRolloutBatches[]
  /** Percent of the devices moved so far that must run the new revision (or have completed it) before the next step. More failures than the rest allows, beyond the rate among devices not yet moved, fail the rollout. */
  successThreshold?: number
  /** Seconds that must hold for, without a break, before the next step. */
  minReadySeconds?: number
  /** Devices at most that are moved and do not run the new revision yet. Absent: a step moves its devices at once. */
  maxUnavailable?: number
  /** Moves no further device; those that were moved keep the new revision. */
  paused?: boolean
  /** Manual: every step after the first waits until approved says it. */
  approval?: 'Automatic' | 'Manual'
  /** A person's word for steps of one revision. */
  approved?: ApplicationSpecRolloutApproved
  /** What happens when the rollout fails. True: its devices go back to the stable revision; false: it stops where it is. */
  autoRollback?: boolean
}

/** Exactly one of count, percent and selector. */
export interface ApplicationSpecRolloutBatches {
  /** Devices that have the new revision after this step, those of former steps included. */
  count?: number
  /** The same as a part of all devices of the target, rounded up. */
  percent?: number
  /** Devices with these labels get it in this step, as far as the target matches them. */
  selector?: ApplicationSpecRolloutBatchesSelector
}

/** Devices with these labels get it in this step, as far as the target matches them. */
export interface ApplicationSpecRolloutBatchesSelector {
  /** Labels and their values; all must hold. */
  matchLabels?: Record<string, string>
  /** Expressions; all must hold. */
  matchExpressions?: ApplicationSpecRolloutBatchesSelectorMatchExpressions[]
}

export interface ApplicationSpecRolloutBatchesSelectorMatchExpressions {
  /** Label key. */
  key: string
  /** In and NotIn need values; Exists and DoesNotExist have none. */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
  /** Values for In and NotIn. */
  values?: string[]
}

/** A person's word for steps of one revision. */
export interface ApplicationSpecRolloutApproved {
  /** status.rollout.target that was looked at. */
  revision: string
  /** Steps up to this one may be taken; the first is 1. */
  step: number
}

/** Where the rollout stands. */
export interface ApplicationStatus {
  /** metadata.generation the controller last acted on. */
  observedGeneration?: number
  /** Derived from the conditions, for display. */
  phase?: 'Pending' | 'Progressing' | 'Running' | 'Completed' | 'Degraded' | 'Suspended' | 'Rejected' | 'Terminating'
  /** Latest observations; the truth behind phase. */
  conditions?: Condition[]
  /** ApplicationRevision made from the present spec. */
  revision?: string
  /** Sequence of that revision. */
  sequence?: number
  /** Devices the target matches. */
  desired?: number
  /** Devices that reported the target revision. */
  updated?: number
  /** Devices where the target revision runs or completed. */
  ready?: number
  /** Devices that report it running. */
  running?: number
  /** Devices that report it completed. */
  completed?: number
  /** Devices that report it failed or refused. */
  failed?: number
  /** Devices that are not connected: nothing is known of the app there. */
  unknown?: number
  /** Which device gets which revision; see plan() in host/fleet. */
  rollout?: ApplicationStatusRollout
  /** Failures that devices report, by reason, the most frequent first. */
  failures?: ApplicationStatusFailures[]
}

/** Which device gets which revision; see plan() in host/fleet. */
export interface ApplicationStatusRollout {
  /** Revision of devices that were not moved yet. */
  stable?: string
  /** Revision the rollout moves to. */
  target?: string
  /** Devices whose hash is below get the target. */
  threshold?: string
  /** Devices that get the target by their labels: the selectors of the steps taken so far. */
  selectors?: ApplicationStatusRolloutSelectors[]
  /** Every device gets the target. */
  complete?: boolean
  /** The stable revision, signed as a rollback, for devices that report a later one. */
  rollback?: string
  /** What the rollout does. RolledBack lasts until what runs changes. */
  state?: 'Progressing' | 'Paused' | 'WaitingForApproval' | 'Complete' | 'RolledBack' | 'Failed'
  /** Why, for people. */
  message?: string
  /** Present step; the first is 1. */
  step?: number
  /** Steps in all. */
  steps?: number
  /** Devices that get the target now. */
  moved?: number
  /** Devices that have it when the present step is done. */
  moving?: number
  /** When this rollout began. */
  startedAt?: string
  /** Since when the devices moved so far satisfy successThreshold; absent while they do not. */
  readySince?: string
}

export interface ApplicationStatusRolloutSelectors {
  /** Labels and their values; all must hold. */
  matchLabels?: Record<string, string>
  /** Expressions; all must hold. */
  matchExpressions?: ApplicationStatusRolloutSelectorsMatchExpressions[]
  /** Only those of them whose hash is below. Absent: all. */
  threshold?: string
}

export interface ApplicationStatusRolloutSelectorsMatchExpressions {
  /** Label key. */
  key: string
  /** In, NotIn, Exists or DoesNotExist. */
  operator: string
  /** Values for In and NotIn. */
  values?: string[]
}

export interface ApplicationStatusFailures {
  /** As in Device.status.applications. */
  reason: string
  /** Devices. */
  count: number
  /** What the first of them says. */
  detail?: string
  /** Some of them, by name. */
  devices?: string[]
}

/** A program and the devices it should run on. */
export interface Application extends KubeObject {
  spec: ApplicationSpec
  status?: ApplicationStatus
}

/** What the schema allows in fields of Application.spec. */
export const kApplicationBounds = {
  "module.inline": {"minLength":4,"maxLength":174764},
  "language": {"default":"wasm","enum":["wasm"]},
  "target.all": {"enum":[true]},
  "target.deviceNames": {"maxItems":1024},
  "target.deviceNames[]": {"minLength":1,"maxLength":63},
  "target.selector.matchLabels": {"maxProperties":32},
  "target.selector.matchExpressions": {"maxItems":32},
  "target.selector.matchExpressions[].key": {"minLength":1,"maxLength":317},
  "target.selector.matchExpressions[].operator": {"enum":["In","NotIn","Exists","DoesNotExist"]},
  "target.selector.matchExpressions[].values": {"maxItems":64},
  "target.selector.matchExpressions[].values[]": {"maxLength":63},
  "config.args": {"maxItems":16},
  "config.args[]": {"maxLength":128},
  "config.env": {"maxProperties":16},
  "limits.memory": {"minimum":0,"maximum":16777216},
  "limits.stack": {"minimum":256,"maximum":1048576},
  "limits.fuelPerSecond": {"minimum":1,"maximum":4294967295},
  "limits.storage": {"minimum":0,"maximum":16777216},
  "permissions": {"maxItems":32},
  "permissions[]": {"minLength":1,"maxLength":96},
  "restart": {"default":{}},
  "restart.policy": {"default":"Always","enum":["Never","OnFailure","Always"]},
  "restart.maxRestarts": {"minimum":0,"maximum":4294967295,"default":0},
  "restart.backoffMs": {"minimum":0,"maximum":3600000,"default":1000},
  "suspended": {"default":false},
  "rollout.batches": {"maxItems":32},
  "rollout.batches[].count": {"minimum":1,"maximum":1000000},
  "rollout.batches[].percent": {"minimum":1,"maximum":100},
  "rollout.batches[].selector.matchExpressions": {"maxItems":32},
  "rollout.batches[].selector.matchExpressions[].key": {"minLength":1,"maxLength":317},
  "rollout.batches[].selector.matchExpressions[].operator": {"enum":["In","NotIn","Exists","DoesNotExist"]},
  "rollout.batches[].selector.matchExpressions[].values": {"maxItems":64},
  "rollout.batches[].selector.matchExpressions[].values[]": {"maxLength":63},
  "rollout.successThreshold": {"minimum":1,"maximum":100,"default":90},
  "rollout.minReadySeconds": {"minimum":0,"maximum":604800,"default":0},
  "rollout.maxUnavailable": {"minimum":1,"maximum":1000000},
  "rollout.paused": {"default":false},
  "rollout.approval": {"default":"Automatic","enum":["Automatic","Manual"]},
  "rollout.approved.revision": {"minLength":1,"maxLength":80},
  "rollout.approved.step": {"minimum":1,"maximum":33},
  "rollout.autoRollback": {"default":true},
} as const

/** What the device is and whether it may take part. */
export interface DeviceSpec {
  /** Board name, a folder of device/boards, for example mps2-an385. */
  board: string
  /** A person's decision. Absent: a valid enrollment token approves, and a device without one waits. */
  approval?: 'Approved' | 'Rejected'
  /** Pin: hex SHA-256 of the SubjectPublicKeyInfo of the only key that may enroll as this device. */
  publicKey?: string
  /** Gateway the device should prefer. */
  gateway?: string
  /** Runs the board's firmware in an emulator instead of waiting for hardware. */
  emulation?: DeviceSpecEmulation
  /** Keeps the session but runs no app. */
  suspended?: boolean
  /** State that the device should take on, as its apps define it. */
  shadow?: DeviceSpecShadow
  /** Pin. Absent: whatever it runs. */
  firmware?: DeviceSpecFirmware
}

/** Runs the board's firmware in an emulator instead of waiting for hardware. */
export interface DeviceSpecEmulation {
  /** Whether the emulator runs this device. */
  enabled: boolean
}

/** State that the device should take on, as its apps define it. */
export interface DeviceSpecShadow {
  /** Free-form; at most 4,096 bytes as JSON. */
  desired?: Record<string, unknown>
}

/** Pin. Absent: whatever it runs. */
export interface DeviceSpecFirmware {
  /** Firmware version the device should run. */
  version?: string
}

/** What is known about the device. */
export interface DeviceStatus {
  /** metadata.generation the controller last acted on. */
  observedGeneration?: number
  /** Derived from the conditions, for display. */
  phase?: 'Pending' | 'Enrolling' | 'Enrolled' | 'Connected' | 'Disconnected' | 'Unreachable'
  /** Latest observations; the truth behind phase. */
  conditions?: Condition[]
  /** The request for a certificate, written by the gateway. */
  enrollment?: DeviceStatusEnrollment
  /** The certificate, issued by the controller. */
  identity?: DeviceStatusIdentity
  /** The latest session, written by the gateway that holds it. */
  session?: DeviceStatusSession
  /** Certificates that must not be accepted any more although they have not expired, written by the controller. */
  revoked?: DeviceStatusRevoked[]
  /** How far the device follows spec.shadow, written by the gateway. */
  shadow?: DeviceStatusShadow
  /** When a session last started or ended. */
  lastSeen?: string
  /** What runs on the device. */
  firmware?: DeviceStatusFirmware
  /** What the device offers to apps. */
  capacity?: DeviceStatusCapacity
  /** What the device itself reported, written by the gateway. */
  applications?: DeviceStatusApplications[]
  /** Apps that run or completed, of those the device reported, as "1/2"; "?" while it is not connected. */
  apps?: string
  /** Generation of the desired state the device answered, within the session's epoch. */
  reportedGeneration?: number
  /** The emulator process. */
  emulation?: DeviceStatusEmulation
}

/** The request for a certificate, written by the gateway. */
export interface DeviceStatusEnrollment {
  /** PKCS #10 request, DER. Only its key is taken. */
  csr: string
  /** Hex SHA-256 of the SubjectPublicKeyInfo in the request. */
  publicKeySha256: string
  /** Hex hardware id the board states, unproved. */
  hardwareId?: string
  /** Board the firmware was built for. */
  board?: string
  /** Enrollment token that was presented; written only after the gateway checked and bound it. */
  tokenId?: string
  /** When the request arrived. */
  requestedAt: string
  /** The request came over a session with the certificate of this serial, which it is to renew. */
  renewsSerial?: string
}

/** The certificate, issued by the controller. */
export interface DeviceStatusIdentity {
  /** PEM chain, leaf first. */
  certificate: string
  /** Hex serial number of the leaf. */
  serial: string
  /** When the leaf expires. */
  notAfter: string
  /** Serial of the certificate that this one renews; it stays good until it expires, since the answer may get lost. */
  previousSerial?: string
  /** Hex SHA-256 of the SubjectPublicKeyInfo of the leaf. */
  publicKeySha256: string
}

/** The latest session, written by the gateway that holds it. */
export interface DeviceStatusSession {
  /** Gateway that holds or held the session. */
  gateway: string
  /** Rises by compare-and-swap whenever a gateway takes the device; never resets. */
  epoch: number
  /** When the session started. */
  since?: string
  /** When it ended; absent while it lives. */
  until?: string
  /** Hex boot id the device stated in its Hello. */
  bootId?: string
}

export interface DeviceStatusRevoked {
  /** Hex serial number. */
  serial: string
  /** When it would have expired. */
  notAfter?: string
  /** When it was revoked. */
  revokedAt: string
  /** One CamelCase word. */
  reason?: string
}

/** How far the device follows spec.shadow, written by the gateway. */
export interface DeviceStatusShadow {
  /** metadata.generation whose desired state was sent. */
  desiredGeneration?: number
  /** The one the device answered. */
  reportedGeneration?: number
  /** What the device reported. */
  reported?: Record<string, unknown>
}

/** What runs on the device. */
export interface DeviceStatusFirmware {
  /** Firmware version. */
  version?: string
  /** Build of the WebAssembly engine. */
  engineBuild?: string
  /** Why the device booted last. */
  resetReason?: string
  /** Slot it booted from. */
  slot?: string
  /** Where an update stands. */
  state?: string
}

/** What the device offers to apps. */
export interface DeviceStatusCapacity {
  /** RAM for apps, bytes. */
  ram?: number
  /** Store for modules and app data, bytes. */
  flash?: number
  /** Engines and peripherals it has. */
  features?: string[]
  /** Apps at most. */
  apps?: number
  /** Largest module, bytes. */
  moduleBytes?: number
}

export interface DeviceStatusApplications {
  /** Application name. */
  name: string
  /** Application uid. */
  uid: string
  /** ApplicationRevision name. */
  revision?: string
  /** Manifest this speaks of. */
  manifestSha256?: string
  /** State on the device. */
  state: 'Pending' | 'Fetching' | 'Installing' | 'Running' | 'Completed' | 'Failed' | 'Stopped' | 'Backoff' | 'Refused'
  /** Restarts since it was installed. */
  restarts?: number
  /** CamelCase of app-reason in core/proto/wire.cddl; empty for none. */
  reason?: string
  /** Detail for people. */
  detail?: string
  /** Exit code of the last run. */
  exitCode?: number
}

/** The emulator process. */
export interface DeviceStatusEmulation {
  /** State of the emulator process. */
  state?: 'Stopped' | 'Starting' | 'Running' | 'Failed'
  /** Process id. */
  pid?: number
  /** Why it failed. */
  message?: string
  /** URL of its console. */
  console?: string
}

/** One microcontroller: its identity, its session and what it reports. */
export interface Device extends KubeObject {
  spec: DeviceSpec
  status?: DeviceStatus
}

/** What the schema allows in fields of Device.spec. */
export const kDeviceBounds = {
  "board": {"minLength":1,"maxLength":32,"pattern":"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
  "approval": {"enum":["Approved","Rejected"]},
  "publicKey": {"pattern":"^[0-9a-f]{64}$"},
  "gateway": {"minLength":1,"maxLength":63,"pattern":"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
  "suspended": {"default":false},
  "firmware.version": {"minLength":1,"maxLength":32},
} as const

/** How the gateway serves devices. */
export interface GatewaySpec {
  /** Where devices reach it, host:port. */
  endpoints?: string[]
  /** Heartbeat period, seconds; three missed ones end a session. */
  heartbeatSeconds?: number
  /** Seconds without a session after which a device is Unreachable. */
  unreachableSeconds?: number
  /** Sessions at most. Absent: as many as the gateway can hold. */
  capacity?: number
  /** Takes no new session and sends its devices to the other gateways. */
  drain?: boolean
  /** Lets devices without a token ask to enroll. */
  pairing?: GatewaySpecPairing
}

/** Lets devices without a token ask to enroll. */
export interface GatewaySpecPairing {
  /** When pairing closes. */
  until?: string
}

/** What the gateway reports of itself. */
export interface GatewayStatus {
  /** Latest observations; the truth behind phase. */
  conditions?: Condition[]
  /** Where serial bridges reach it, host:port. */
  serial?: string
  /** Live sessions. */
  connected?: number
  /** Sessions at most. */
  capacity?: number
  /** Sessions that still have to leave; absent unless spec.drain is true. */
  draining?: number
  /** Devices it enrolled since it started. */
  enrolled?: number
  /** Build of the gateway. */
  version?: string
  /** URL of its HTTPS API. */
  api?: string
  /** The certificate that it shows to devices and to callers of its API. */
  certificate?: GatewayStatusCertificate
}

/** The certificate that it shows to devices and to callers of its API. */
export interface GatewayStatusCertificate {
  /** Lower-case hex. */
  serial?: string
  /** When it ends. */
  notAfter?: string
}

/** A process that holds device sessions. */
export interface Gateway extends KubeObject {
  spec: GatewaySpec
  status?: GatewayStatus
}

/** What the schema allows in fields of Gateway.spec. */
export const kGatewayBounds = {
  "endpoints": {"maxItems":8},
  "endpoints[]": {"minLength":3,"maxLength":128,"pattern":"^.+:[0-9]{1,5}$"},
  "heartbeatSeconds": {"minimum":1,"maximum":3600,"default":30},
  "unreachableSeconds": {"minimum":1,"maximum":86400,"default":90},
  "capacity": {"minimum":0,"maximum":1000000},
  "drain": {"default":false},
} as const
