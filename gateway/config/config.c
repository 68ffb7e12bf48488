/* SPDX-License-Identifier: MIT */
/* config.c - one loaded configuration: file in, immutable structs out
 *
 * All roots together are the rows of one section, so that loading, printing
 * and describing know one thing only.
 */
#include "gateway/config/config.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/codec.h"
#include "gateway/config/conf_private.h"
#include "gateway/run/crypto.h"

struct config {
	unsigned refs;
	int64_t version;
	struct arena *arena;
	const struct conf_section *section;
	void *value;
	char hash[65];
};

static size_t size_of(const struct conf_opt *opt)
{
	switch (opt->kind) {
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_INT:
	case CONF_SPAN:
	case CONF_BYTES:
		return sizeof(int64_t);
	case CONF_TEXT:
		return sizeof(const char *);
	case CONF_ENUM:
		return sizeof(int);
	case CONF_TEXTS:
		return sizeof(struct conf_texts);
	case CONF_SECTION:
		return opt->sub->size;
	case CONF_MAP:
		return sizeof(struct conf_map);
	case CONF_SEQ:
		return sizeof(struct conf_seq);
	case CONF_NODE:
		return (size_t)opt->max;
	}
	return 0;
}

const struct conf_section *config_section(struct arena *a,
					  const struct config_root *roots)
{
	struct conf_section *s = arena_alloc(a, sizeof(*s));
	struct conf_opt *opts;
	size_t count = 0;

	while (roots[count].key != NULL)
		count++;
	opts = arena_alloc(a, (count + 1) * sizeof(*opts));
	for (size_t i = 0; i < count; i++) {
		struct conf_opt *o = &opts[i];

		if (roots[i].opt != NULL)
			*o = *roots[i].opt;
		else
			*o = (struct conf_opt){ .kind = CONF_SECTION,
						.def = "",
						.doc = roots[i].section->doc,
						.sub = roots[i].section };
		o->key = roots[i].key;
		o->offset = s->size;
		s->size += (size_of(o) + 15) / 16 * 16;
	}
	s->opts = opts;
	return s;
}

static void set_hash(struct config *c)
{
	struct buf text = { 0 };
	uint8_t digest[CRYPTO_HASH_MAX];

	config_print(c, &text);
	crypto_digest(CRYPTO_SHA256, buf_str(&text), digest);
	codec_hex_to(c->hash, digest, crypto_hash_len(CRYPTO_SHA256));
	buf_fini(&text);
}

static enum gw_err check_all(const struct config *c, struct conf_reader *r,
			     const struct config_root *roots,
			     const struct conf_node *root)
{
	while (roots->key != NULL)
		roots++;
	return roots->check == NULL ? GW_OK : roots->check(r, c, root);
}

static enum gw_err fill(struct config *c, struct conf_reader *r,
			struct str yaml, const struct config_root *roots)
{
	const struct conf_node *root;
	enum gw_err err;

	if (yaml.n > CONF_FILE_MAX)
		return conf_error(r, NULL, "larger than 4 MiB");
	err = yaml_tree(r, yaml, &root);
	if (err != GW_OK)
		return err;
	err = conf_fill(r, c->section, root, c->value);
	if (err == GW_OK && r->count == 0)
		err = check_all(c, r, roots, root);
	return r->count > 0 ? GW_BAD_INPUT : err;
}

static struct config *new_config(const struct config_root *roots)
{
	struct config *c = mem_new(sizeof(*c));

	c->refs = 1;
	c->arena = arena_new();
	c->section = config_section(c->arena, roots);
	c->value = arena_alloc(c->arena, c->section->size + 1);
	return c;
}

enum gw_err config_load_text(struct str yaml, const char *name,
			     const struct config_root *roots,
			     struct config **out, struct buf *errors)
{
	struct config *c = new_config(roots);
	struct conf_reader r;
	enum gw_err err;

	*out = NULL;
	conf_error_init(&r, c->arena, name);
	err = fill(c, &r, yaml, roots);
	if (err != GW_OK) {
		conf_error_lines(&r, errors);
		config_unref(&c);
		return err;
	}
	set_hash(c);
	*out = c;
	return GW_OK;
}

/* 0, or errno. */
static int read_all(int fd, struct buf *out)
{
	ssize_t n;

	do {
		n = read(fd, buf_space(out, 65536), 65536);
		if (n > 0)
			out->len += (size_t)n;
	} while ((n > 0 && out->len <= CONF_FILE_MAX) ||
		 (n < 0 && errno == EINTR));
	return n < 0 ? errno : 0;
}

static enum gw_err read_file(const char *path, struct buf *out,
			     struct buf *errors)
{
	/* Not waiting for the writer of a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), problem;
	struct stat st;

	if (fd < 0) {
		problem = errno;
	} else {
		problem = fstat(fd, &st) < 0	? errno
			  : S_ISREG(st.st_mode) ? read_all(fd, out)
						: EINVAL;
		close(fd);
	}
	if (problem == 0)
		return GW_OK;
	buf_printf(errors, "%s: cannot be read: %s\n", path,
		   problem == EINVAL ? "not a regular file"
				     : strerrordesc_np(problem));
	return problem == ENOENT ? GW_NOT_FOUND : GW_UNAVAIL;
}

enum gw_err config_load(const char *path, const struct config_root *roots,
			struct config **out, struct buf *errors)
{
	struct buf text = { 0 };
	enum gw_err err = read_file(path, &text, errors);

	*out = NULL;
	if (err == GW_OK)
		err = config_load_text(buf_str(&text), path, roots, out,
				       errors);
	buf_fini(&text);
	return err;
}

enum gw_err config_nodes_text(struct str yaml, const char *name,
			      struct arena *a, const struct conf_node **out,
			      struct buf *errors)
{
	struct conf_reader r;
	enum gw_err err;

	*out = NULL;
	conf_error_init(&r, a, name);
	if (yaml.n > CONF_FILE_MAX)
		err = conf_error(&r, NULL, "larger than 4 MiB");
	else
		err = yaml_tree(&r, yaml, out);
	if (err == GW_OK && r.count > 0)
		err = GW_BAD_INPUT;
	if (err != GW_OK)
		conf_error_lines(&r, errors);
	return err;
}

enum gw_err config_nodes(const char *path, struct arena *a,
			 const struct conf_node **out, struct buf *errors)
{
	struct buf text = { 0 };
	enum gw_err err = read_file(path, &text, errors);

	*out = NULL;
	if (err == GW_OK)
		err = config_nodes_text(buf_str(&text), path, a, out, errors);
	buf_fini(&text);
	return err;
}

struct config *config_ref(struct config *c)
{
	c->refs++;
	return c;
}

void config_unref(struct config **c)
{
	if (*c == NULL)
		return;
	if (--(*c)->refs == 0) {
		arena_free(&(*c)->arena);
		mem_free(*c);
	}
	*c = NULL;
}

const void *config_get(const struct config *c, const char *key)
{
	const struct conf_opt *o = c->section->opts;

	while (o->key != NULL && !str_is(str_of(key), o->key))
		o++;
	assert(o->key != NULL);
	return (const char *)c->value + o->offset;
}

const char *config_hash(const struct config *c)
{
	return c->hash;
}

int64_t config_version(const struct config *c)
{
	return c->version;
}

void config_set_version(struct config *c, int64_t version)
{
	c->version = version;
}

void config_print(const struct config *c, struct buf *out)
{
	buf_add_lit(out, "# In effect: every key, the defaults written out.");
	conf_print_block(out, c->section, c->value);
}
