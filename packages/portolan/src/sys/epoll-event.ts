/**
 * struct epoll_event: 32 bits of events and 64 bits of data. It is packed on x86-64 only (EPOLL_PACKED in
 * linux/eventpoll.h), so the data begins at byte 4 there and at byte 8 on arm64.
 */
const packed = process.arch === 'x64'

export const EPOLL_EVENT_SIZE = packed ? 12 : 16
export const EPOLL_DATA_OFFSET = packed ? 4 : 8
