package seal

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math/bits"

	"github.com/emmansun/gmsm/sm3"
)

// Digest is a hash of a record's tree. Both hashes have 32 bytes.
type Digest [32]byte

// TreeHash names the hash of a record: of its leaves and of the nodes above them.
type TreeHash string

// The hashes: FIPS 180-4 and GB/T 32905-2016.
const (
	SHA256 TreeHash = "SHA-256"
	SM3    TreeHash = "SM3"
)

// Prefixes that keep a leaf from being taken for a node (RFC 9162, 2.1.1).
const (
	leafPrefix = 0
	nodePrefix = 1
)

// Known tells whether it is one of the hashes.
func (h TreeHash) Known() bool { return h == SHA256 || h == SM3 }

func (h TreeHash) fresh() hash.Hash {
	if h == SM3 {
		return sm3.New()
	}
	return sha256.New()
}

// sum hashes what is prefixed already.
func (h TreeHash) sum(data []byte) Digest {
	if h == SM3 {
		return sm3.Sum(data)
	}
	return sha256.Sum256(data)
}

// Leaf is the hash of one entry: H(0x00 ‖ data).
func (h TreeHash) Leaf(data []byte) (d Digest) {
	sum := h.fresh()
	sum.Write([]byte{leafPrefix})
	sum.Write(data)
	sum.Sum(d[:0])
	return d
}

// node is the hash above two others: H(0x01 ‖ left ‖ right).
func (h TreeHash) node(left, right Digest) Digest {
	var data [1 + 2*len(left)]byte
	data[0] = nodePrefix
	copy(data[1:], left[:])
	copy(data[1+len(left):], right[:])
	return h.sum(data[:])
}

// Link is the chain beside the tree: H(previous ‖ leaf). The tree proves that something is in the record; the chain
// tells at which position two records part.
func (h TreeHash) Link(previous, leaf Digest) Digest {
	var data [2 * len(leaf)]byte
	copy(data[:], previous[:])
	copy(data[len(previous):], leaf[:])
	return h.sum(data[:])
}

// Edge is the right edge of a growing tree: the roots of the perfect trees that its size is made of, the largest first.
// It is all that appending needs: no older leaf is looked at again.
type Edge struct {
	hash  TreeHash
	size  int64
	roots []Digest
}

// NewEdge is the edge of the empty tree.
func NewEdge(hash TreeHash) *Edge { return &Edge{hash: hash} }

// ReadEdge reads the form of Edge.Bytes for a tree of this size.
func ReadEdge(hash TreeHash, size int64, text []byte) (*Edge, error) {
	e := &Edge{hash: hash, size: size}
	if !hash.Known() || size < 0 || len(text) != bits.OnesCount64(uint64(size))*len(Digest{}) {
		return nil, fmt.Errorf("seal: no edge of a tree of %d leaves", size)
	}
	for ; len(text) > 0; text = text[len(Digest{}):] {
		e.roots = append(e.roots, Digest(text[:len(Digest{})]))
	}
	return e, nil
}

// Bytes are the roots one after the other.
func (e *Edge) Bytes() []byte {
	out := make([]byte, 0, len(e.roots)*len(Digest{}))
	for _, root := range e.roots {
		out = append(out, root[:]...)
	}
	return out
}

// Hash is the tree's hash.
func (e *Edge) Hash() TreeHash { return e.hash }

// Size is the number of leaves.
func (e *Edge) Size() int64 { return e.size }

// Append adds a leaf at the right.
func (e *Edge) Append(leaf Digest) {
	for merged := e.size; merged&1 == 1; merged >>= 1 {
		last := len(e.roots) - 1
		leaf = e.hash.node(e.roots[last], leaf)
		e.roots = e.roots[:last]
	}
	e.roots = append(e.roots, leaf)
	e.size++
}

// Root is the tree's hash; of the empty tree the hash of nothing.
func (e *Edge) Root() Digest {
	if len(e.roots) == 0 {
		return e.hash.sum(nil)
	}
	root := e.roots[len(e.roots)-1]
	for i := len(e.roots) - 2; i >= 0; i-- {
		root = e.hash.node(e.roots[i], root)
	}
	return root
}

// Tree holds all hashes of a tree, 64 bytes for each leaf, and gives proofs from it.
type Tree struct {
	hash   TreeHash
	levels [][]Digest // levels[l][i] is the root of the leaves [i·2^l, (i+1)·2^l)
}

// NewTree makes a tree of these leaves, which it keeps.
func NewTree(hash TreeHash, leaves []Digest) *Tree {
	t := &Tree{hash: hash, levels: [][]Digest{leaves}}
	for below := leaves; len(below) > 1; {
		level := make([]Digest, len(below)/2)
		for i := range level {
			level[i] = hash.node(below[2*i], below[2*i+1])
		}
		t.levels = append(t.levels, level)
		below = level
	}
	return t
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return int64(len(t.levels[0])) }

// Root is the hash of the tree as it was with this many leaves.
func (t *Tree) Root(size int64) Digest {
	if size == 0 {
		return t.hash.sum(nil)
	}
	return t.root(0, size)
}

// root is the hash of the leaves [from, to); from is a multiple of the power of two at or above the length.
func (t *Tree) root(from, to int64) Digest {
	length := to - from
	if length&(length-1) == 0 {
		level := bits.TrailingZeros64(uint64(length)) //nolint:gosec // positive
		return t.levels[level][from>>level]
	}
	middle := from + split(length)
	return t.hash.node(t.root(from, middle), t.root(middle, to))
}

// split is the largest power of two below n; n is 2 or more.
func split(n int64) int64 { return 1 << (bits.Len64(uint64(n-1)) - 1) } //nolint:gosec // positive

// Inclusion proves that the leaf at this index is in the tree of this size (RFC 9162, 2.1.3.1), the deepest hash first.
func (t *Tree) Inclusion(index, size int64) ([]Digest, error) {
	if index < 0 || index >= size || size > t.Size() {
		return nil, fmt.Errorf("seal: no leaf %d in a tree of %d", index, size)
	}
	var proof []Digest
	for from, to := int64(0), size; to-from > 1; {
		if middle := from + split(to-from); index < middle {
			proof, to = append(proof, t.root(middle, to)), middle
		} else {
			proof, from = append(proof, t.root(from, middle)), middle
		}
	}
	for i, j := 0, len(proof)-1; i < j; i, j = i+1, j-1 {
		proof[i], proof[j] = proof[j], proof[i]
	}
	return proof, nil
}

// Consistency proves that the tree of the first size became the tree of the second by appending alone (RFC 9162, 2.1.4.1).
func (t *Tree) Consistency(first, second int64) ([]Digest, error) {
	if first < 0 || first > second || second > t.Size() {
		return nil, fmt.Errorf("seal: no way from a tree of %d to one of %d", first, second)
	}
	if first == 0 || first == second {
		return nil, nil
	}
	return t.subProof(first, 0, second, true), nil
}

// subProof is SUBPROOF(first, D[from:to], whole) of the RFC; first counts from the subtree's beginning.
func (t *Tree) subProof(first, from, to int64, whole bool) []Digest {
	if first == to-from {
		if whole {
			return nil
		}
		return []Digest{t.root(from, to)}
	}
	half := split(to - from)
	if first <= half {
		return append(t.subProof(first, from, from+half, whole), t.root(from+half, to))
	}
	return append(t.subProof(first-half, from+half, to, false), t.root(from, from+half))
}

// ErrProof says that a proof does not prove.
var ErrProof = errors.New("seal: the proof does not lead to the root")

// CheckInclusion checks a proof of Tree.Inclusion against a root that is trusted (RFC 9162, 2.1.3.2).
func (h TreeHash) CheckInclusion(index, size int64, leaf Digest, proof []Digest, root Digest) error {
	if index < 0 || index >= size {
		return ErrProof
	}
	at, last := index, size-1
	for _, sibling := range proof {
		if last == 0 {
			return ErrProof
		}
		if at&1 == 1 || at == last {
			leaf = h.node(sibling, leaf)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			leaf = h.node(leaf, sibling)
		}
		at, last = at>>1, last>>1
	}
	if last != 0 || leaf != root {
		return ErrProof
	}
	return nil
}

// CheckConsistency checks a proof of Tree.Consistency between two trusted roots (RFC 9162, 2.1.4.2).
func (h TreeHash) CheckConsistency(first, second int64, proof []Digest, old, grown Digest) error {
	switch {
	case first < 0 || first > second:
		return ErrProof
	case first == second:
		return proved(len(proof) == 0 && old == grown)
	case first == 0:
		return proved(len(proof) == 0 && old == h.sum(nil))
	case first&(first-1) == 0:
		proof = append([]Digest{old}, proof...)
	}
	if len(proof) == 0 {
		return ErrProof
	}
	at, last := first-1, second-1
	for at&1 == 1 {
		at, last = at>>1, last>>1
	}
	before, after := proof[0], proof[0]
	for _, hash := range proof[1:] {
		if last == 0 {
			return ErrProof
		}
		if at&1 == 1 || at == last {
			before, after = h.node(hash, before), h.node(hash, after)
			for at&1 == 0 && at != 0 {
				at, last = at>>1, last>>1
			}
		} else {
			after = h.node(after, hash)
		}
		at, last = at>>1, last>>1
	}
	return proved(last == 0 && before == old && after == grown)
}

func proved(holds bool) error {
	if holds {
		return nil
	}
	return ErrProof
}
