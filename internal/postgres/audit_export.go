package postgres

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"tiaojie.dev/tiaojie/internal/mediation"
	"tiaojie.dev/tiaojie/internal/seal"
)

// hashPage is how many leaf hashes are read at a time.
const hashPage = 50000

// Export takes out what the record holds about one object, such as a case, with the way from each entry to the root of the
// last checkpoint, and with proofs that the record grew from earlier checkpoints. codec opens the sealed texts; nil leaves
// them sealed. It refuses to prove anything with a record that does not lead to its own checkpoint.
func (r *Record) Export(ctx context.Context, keys []seal.PublicKey, object string, earlier []Outside, codec *seal.Codec) (seal.Proof, error) {
	proof := seal.Proof{Format: seal.ProofFormat, Unit: r.unit, Object: object, Made: time.Now().UTC().Truncate(time.Second), Entries: []seal.ProofEntry{}}
	if uuid.Validate(object) != nil {
		return proof, mediation.UnknownCase()
	}
	checkpoint, tree, err := r.tree(ctx, keys, &proof)
	if err != nil {
		return proof, refusal(err)
	}
	for i, source := range r.sources {
		if err := r.exportFrom(ctx, &proof, source, i, checkpoint.Size, codec); err != nil {
			return proof, refusal(err)
		}
	}
	if len(proof.Entries) == 0 && proof.Unsealed == 0 {
		return proof, mediation.UnknownCase()
	}
	if codec != nil && len(r.unit) != 6 {
		if proof.DataKeys, err = wrappedKeys(ctx, r.pool); err != nil {
			return proof, refusal(err)
		}
	}
	slices.SortFunc(proof.Entries, func(a, b seal.ProofEntry) int { return cmp.Compare(a.Position, b.Position) })
	for i := range proof.Entries {
		path, err := tree.Inclusion(proof.Entries[i].Position, checkpoint.Size)
		if err != nil {
			return proof, err
		}
		proof.Entries[i].Path = seal.WritePath(path)
	}
	for _, kept := range earlier {
		path, err := tree.Consistency(kept.Size, checkpoint.Size)
		if err != nil || tree.Root(kept.Size) != kept.Root {
			return proof, fmt.Errorf("%s: %w: it does not lead from the checkpoint of %d entries that was kept", r.unit, ErrRecordBroken, kept.Size)
		}
		proof.Earlier = append(proof.Earlier, seal.Consistency{Size: kept.Size, Root: base64.StdEncoding.EncodeToString(kept.Root[:]), Path: seal.WritePath(path)})
	}
	return proof, nil
}

// tree reads the last checkpoint and all leaf hashes below it: 32 bytes each, twice that in memory.
func (r *Record) tree(ctx context.Context, keys []seal.PublicKey, proof *seal.Proof) (seal.Checkpoint, *seal.Tree, error) {
	err := r.pool.QueryRow(ctx, `SELECT text FROM county.audit_checkpoint WHERE tenant = $1 ORDER BY number DESC LIMIT 1`, r.unit).Scan(&proof.Checkpoint)
	if errors.Is(err, pgx.ErrNoRows) {
		return seal.Checkpoint{}, nil, fmt.Errorf("%s: nothing is sealed yet: the worker does it within some minutes", r.unit)
	}
	if err != nil {
		return seal.Checkpoint{}, nil, err
	}
	checkpoint, err := seal.OpenWith(keys, proof.Checkpoint)
	if err != nil {
		return checkpoint, nil, fmt.Errorf("%s: %w: %w", r.unit, ErrRecordBroken, err)
	}
	for _, key := range keys {
		if _, err := key.Open(proof.Checkpoint); err == nil {
			proof.Key = key.Text()
		}
	}
	leaves := make([]seal.Digest, 0, checkpoint.Size)
	for from := int64(0); from < checkpoint.Size; from += hashPage {
		rows, err := r.pool.Query(ctx, `SELECT hash FROM county.audit_leaf WHERE tenant = $1 AND position >= $2 AND position < $3 ORDER BY position`,
			r.unit, from, min(from+hashPage, checkpoint.Size))
		if err != nil {
			return checkpoint, nil, err
		}
		var hash []byte
		if _, err := pgx.ForEachRow(rows, []any{&hash}, func() error {
			if len(hash) != len(seal.Digest{}) {
				return ErrRecordBroken
			}
			leaves = append(leaves, seal.Digest(hash))
			return nil
		}); err != nil {
			return checkpoint, nil, err
		}
	}
	tree := seal.NewTree(checkpoint.Hash, leaves)
	if tree.Size() != checkpoint.Size || tree.Root(checkpoint.Size) != checkpoint.Root {
		return checkpoint, nil, fmt.Errorf("%s: %w", r.unit, ErrRecordBroken)
	}
	return checkpoint, tree, nil
}

// exportFrom adds a journal's entries about the object, those that are sealed.
func (r *Record) exportFrom(ctx context.Context, proof *seal.Proof, source journalSource, order int, size int64, codec *seal.Codec) error {
	list, err := source.entries(ctx, r.pool, r.unit, order, ` AND `+source.object+` = $1`, proof.Object)
	if err != nil || len(list) == 0 {
		return err
	}
	ids := make([]string, len(list))
	for i, entry := range list {
		ids[i] = entry.id.String()
	}
	rows, err := r.pool.Query(ctx, `SELECT entry::text, position FROM county.audit_leaf WHERE tenant = $1 AND source = $2 AND entry = ANY($3::uuid[]) AND position < $4`,
		r.unit, source.name, ids, size)
	if err != nil {
		return err
	}
	positions := map[string]int64{}
	var (
		id       string
		position int64
	)
	if _, err := pgx.ForEachRow(rows, []any{&id, &position}, func() error { positions[id] = position; return nil }); err != nil {
		return err
	}
	for _, entry := range list {
		position, sealed := positions[entry.id.String()]
		if !sealed {
			proof.Unsealed++
			continue
		}
		made := seal.ProofEntry{Entry: entry.entry, Position: position}
		if made.Reading, err = made.Readable(); err != nil {
			return err
		}
		if codec != nil && len(r.unit) != 6 {
			if made.Opened, err = source.open(codec, entry); err != nil {
				return err
			}
		}
		proof.Entries = append(proof.Entries, made)
	}
	return nil
}

// open reads the sealed column of an entry.
func (s journalSource) open(codec *seal.Codec, entry sealable) (json.RawMessage, error) {
	text := sealer{codec: codec, tenant: entry.entry.Unit, table: strings.TrimPrefix(s.table, "county."), row: mediation.ID(entry.id.String())}
	if codec.Shredded() {
		return nil, nil
	}
	opened := text.open("detail", entry.entry.Column("detail"))
	return json.RawMessage(opened), text.err
}

// Codec opens the sealed texts of a tenant's record with the installation's key.
func (r *Record) Codec(ctx context.Context, ring *seal.Keyring) (*seal.Codec, error) {
	keys, err := readDataKeys(ctx, r.pool, r.unit, nil, byRing(ring, r.unit))
	if err != nil {
		return nil, err
	}
	return newCodec(keys, "")
}

func wrappedKeys(ctx context.Context, q querier) ([]seal.WrappedKey, error) {
	rows, err := q.Query(ctx, `SELECT version, kek, index_hash, wrapped FROM data_key ORDER BY version`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (w seal.WrappedKey, err error) {
		err = row.Scan(&w.Version, &w.KEK, &w.Index, &w.Box)
		return w, err
	})
}

// CheckOpened compares the texts that stand open in a proof with what was sealed; the proof itself must have been checked. One
// that differs is a *seal.FaultyEntry.
func CheckOpened(ctx context.Context, proof seal.Proof, ring *seal.Keyring) error {
	keys := make([]seal.DataKey, len(proof.DataKeys))
	for i, wrapped := range proof.DataKeys {
		var err error
		if keys[i], err = ring.UnwrapDataKey(ctx, wrapped, proof.Unit); err != nil {
			return fmt.Errorf("data key %d in the file: %w", wrapped.Version, err)
		}
	}
	codec, err := seal.NewCodec(keys)
	if err != nil {
		return err
	}
	for i, entry := range proof.Entries {
		if entry.Opened == nil {
			continue
		}
		entry.Unit = proof.Unit
		if err := sameText(codec, entry); err != nil {
			return &seal.FaultyEntry{Index: i, Position: entry.Position, Source: entry.Source, Why: err}
		}
	}
	return nil
}

func sameText(codec *seal.Codec, entry seal.ProofEntry) error {
	at := slices.IndexFunc(journalSources(entry.Unit), func(s journalSource) bool { return s.name == entry.Source })
	id, err := uuid.FromBytes(entry.Column("id"))
	if at < 0 || err != nil {
		return errors.New("it is of no journal that holds sealed texts")
	}
	sealed, err := journalSources(entry.Unit)[at].open(codec, sealable{sealPoint: sealPoint{id: id}, entry: entry.Entry})
	if err != nil {
		return err
	}
	var held any
	if err := json.Unmarshal(sealed, &held); err != nil {
		return err
	}
	if !reflect.DeepEqual(held, entry.Opened) {
		return errors.New("the text that stands open is not what was sealed")
	}
	return nil
}

// FindCounty reads where a county's database is, for the login of the directory's address.
func FindCounty(ctx context.Context, directory Address, code string) (Address, error) {
	followed, err := FollowDirectory(directory)
	if err != nil {
		return Address{}, err
	}
	defer followed.Close()
	county, err := followed.County(ctx, code)
	if err != nil {
		return Address{}, err
	}
	address := county.Address()
	address.User, address.Password = directory.User, directory.Password
	return address, nil
}
