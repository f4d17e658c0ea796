package main

import "encoding/binary"

const (
	clockMonotonic = 1
	checkSeed      = 0x48460100 ^ clockMonotonic
)

// putPush writes the 32-byte head of a push message, leaving the padding after it unchanged.
func putPush(message []byte, tick uint64, dueNs, writtenNs uint64, group uint32) {
	short := uint32(tick)
	message[0], message[1], message[2], message[3] = 'H', 'F', 1, clockMonotonic
	binary.BigEndian.PutUint32(message[4:], short)
	binary.BigEndian.PutUint64(message[8:], dueNs)
	binary.BigEndian.PutUint64(message[16:], writtenNs)
	binary.BigEndian.PutUint32(message[24:], group)
	binary.BigEndian.PutUint32(message[28:], short^uint32(dueNs>>32)^uint32(dueNs)^group^checkSeed)
}
