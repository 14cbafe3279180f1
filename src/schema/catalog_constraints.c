/*-------------------------------------------------------------------------
 *
 * catalog_constraints.c
 *		The rules that the catalog has for rows: CHECKs of tables and
 *		domains, unique indexes, foreign keys.
 *
 * Constraints that are NOT VALID are taken as well, for they hold for new
 * rows; those that are NOT ENFORCED are not.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/nbtree.h"
#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "schema/catalog.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* ---- checks ---- */

/*
 * The fields that an expression reads; false if it reads the whole row or a
 * system column.
 */
static bool
expression_fields(Node *expr, Bitmapset **fields)
{
	Bitmapset  *attributes = NULL;
	int			member = -1;

	*fields = NULL;
	pull_varattnos(expr, 1, &attributes);
	while ((member = bms_next_member(attributes, member)) >= 0)
	{
		int			attnum = member + FirstLowInvalidHeapAttributeNumber;

		if (attnum <= 0)
			return false;
		*fields = bms_add_member(*fields, attnum - 1);
	}
	return true;
}

void
catalog_add_check(Schema *schema, const char *name, char *text,
				  Node *expr, List *dpcontext, int domain_field)
{
	Check	   *check;
	Bitmapset  *fields;

	if (expr == NULL || !expression_fields(expr, &fields))
	{
		schema->unchecked = true;
		return;
	}
	check = palloc0(sizeof(Check));
	check->name = pstrdup(name);
	check->text = text != NULL ? text :
		deparse_expression(expr, dpcontext, false, false);
	check->expr = expr;
	check->fields = fields;
	check->own = true;
	check->domain_field = domain_field;
	schema->checks = lappend(schema->checks, check);
}

/* tableoid is known wherever rows stay in the table that they are sent to. */
static Node *
replace_tableoid(Node *node, void *context)
{
	Relation	rel = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) &&
		((Var *) node)->varattno == TableOidAttributeNumber)
		return (Node *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid),
								  ObjectIdGetDatum(RelationGetRelid(rel)),
								  false, true);
	return expression_tree_mutator(node, replace_tableoid, context);
}

Node *
catalog_table_expression(Relation rel, const char *stored)
{
	Node	   *expr = stringToNode(stored);
	Bitmapset  *fields;

	if (expression_fields(expr, &fields))
		return expr;
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		return NULL;
	expr = replace_tableoid(expr, rel);
	return expression_fields(expr, &fields) ? expr : NULL;
}

void
catalog_add_table_checks(Schema *schema, Relation rel, List *dpcontext)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_check; i++)
	{
		ConstrCheck *check = &constr->check[i];

		CHECK_FOR_INTERRUPTS();
		if (COMPAT_CHECK_ENFORCED(check))
			catalog_add_check(schema, check->ccname, NULL,
							  catalog_table_expression(rel, check->ccbin),
							  dpcontext, -1);
	}
}

/* ---- domains ---- */

/* VALUE, as it stands in a domain's check, becomes the column. */
static Node *
replace_domain_value(Node *node, void *context)
{
	Var		   *column = context;
	CoerceToDomainValue *value;

	if (node == NULL)
		return NULL;
	if (!IsA(node, CoerceToDomainValue))
		return expression_tree_mutator(node, replace_domain_value, context);
	value = (CoerceToDomainValue *) node;
	if (value->typeId == column->vartype && value->typeMod == column->vartypmod)
		return (Node *) copyObject(column);
	/* A domain's values are its base type's, bit for bit. */
	return (Node *) makeRelabelType((Expr *) copyObject(column), value->typeId,
									value->typeMod, value->collation,
									COERCE_IMPLICIT_CAST);
}

static void
add_domain_constraint(Schema *schema, int index, DomainConstraintState *constraint)
{
	Field	   *field = schema->fields[index];
	Var		   *column;
	char	   *text;

	if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
	{
		field->required = true;
		return;
	}
	text = deparse_expression((Node *) constraint->check_expr, NIL, false, false);
	column = makeVar(1, index + 1, field->type, field->typmod, field->collation, 0);
	catalog_add_check(schema, constraint->name, text,
					  replace_domain_value((Node *) constraint->check_expr, column),
					  NIL, index);
}

/*
 * The type cache reads the constraints of a domain and of those below it,
 * once a session.
 */
void
catalog_add_domain_checks(Schema *schema)
{
	MemoryContext references = AllocSetContextCreate(CurrentMemoryContext,
													 "synthik domains",
													 ALLOCSET_SMALL_SIZES);

	for (int i = 0; i < schema->nfields; i++)
	{
		Field	   *field = schema->fields[i];
		DomainConstraintRef *ref;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (field->origin == FIELD_DROPPED || field->type == field->base_type)
			continue;
		ref = MemoryContextAlloc(references, sizeof(DomainConstraintRef));
		InitDomainConstraintRef(field->type, ref, references, false);
		foreach(lc, ref->constraints)
			add_domain_constraint(schema, i, lfirst(lc));
	}
	MemoryContextDelete(references);
}

static bool
row_has_checks(Oid type)
{
	TupleDesc	tupdesc = lookup_rowtype_tupdesc(type, -1);
	bool		found = false;

	for (int i = 0; i < tupdesc->natts && !found; i++)
		found = !TupleDescAttr(tupdesc, i)->attisdropped &&
			catalog_type_has_checks(TupleDescAttr(tupdesc, i)->atttypid);
	ReleaseTupleDesc(tupdesc);
	return found;
}

bool
catalog_type_has_checks(Oid type)
{
	check_stack_depth();
	switch (get_typtype(type))
	{
		case TYPTYPE_DOMAIN:
			return DomainHasConstraints(type) || catalog_type_has_checks(getBaseType(type));
		case TYPTYPE_COMPOSITE:
			return row_has_checks(type);
		case TYPTYPE_RANGE:
			return catalog_type_has_checks(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return catalog_type_has_checks(get_multirange_range(type));
		default:
			return OidIsValid(get_element_type(type)) &&
				catalog_type_has_checks(get_element_type(type));
	}
}

/* (VALUE).attribute, as it stands in the check of a row's domain */
static Node *
replace_row_attribute(Node *node, void *context)
{
	Schema	   *schema = context;
	FieldSelect *select = (FieldSelect *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, FieldSelect) && IsA(select->arg, CoerceToDomainValue) &&
		select->fieldnum <= schema->nfields)
		return (Node *) makeVar(1, select->fieldnum, select->resulttype,
								select->resulttypmod, select->resultcollid, 0);
	return expression_tree_mutator(node, replace_row_attribute, context);
}

static bool
reads_whole_row(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, CoerceToDomainValue) ||
		expression_tree_walker(node, reads_whole_row, context);
}

void
catalog_add_row_checks(Schema *schema, Oid domain)
{
	MemoryContext references = AllocSetContextCreate(CurrentMemoryContext,
													 "synthik domains",
													 ALLOCSET_SMALL_SIZES);
	DomainConstraintRef *ref = MemoryContextAlloc(references, sizeof(DomainConstraintRef));
	ListCell   *lc;

	InitDomainConstraintRef(domain, ref, references, false);
	foreach(lc, ref->constraints)
	{
		DomainConstraintState *constraint = lfirst(lc);
		Node	   *expr = (Node *) constraint->check_expr;

		/* A row that is made is never NULL itself. */
		if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL)
			continue;
		expr = replace_row_attribute(expr, schema);
		if (reads_whole_row(expr, NULL))
			schema->unchecked = true;
		else
			catalog_add_check(schema, constraint->name,
							  deparse_expression((Node *) constraint->check_expr, NIL, false, false),
							  expr, NIL, -1);
	}
	MemoryContextDelete(references);
}

/* ---- unique indexes ---- */

/*
 * Whether two values that differ at all differ for the index: the question
 * that B-tree deduplication asks its operator classes.  Numerics of one scale
 * and strings padded to one length do, which the class cannot know.
 */
static bool
distinct_means_unequal(Relation index, int column, const Field *field)
{
	Oid			opcintype = index->rd_opcintype[column];
	Oid			collation = index->rd_indcollation[column];
	Oid			function;

	if (index->rd_rel->relam != BTREE_AM_OID)
		return false;
	if (opcintype == field->base_type && field->base_typmod >= (int32) VARHDRSZ &&
		(opcintype == NUMERICOID ||
		 (opcintype == BPCHAROID && get_collation_isdeterministic(collation))))
		return true;
	function = get_opfamily_proc(index->rd_opfamily[column], opcintype, opcintype,
								 BTEQUALIMAGE_PROC);
	return OidIsValid(function) &&
		DatumGetBool(OidFunctionCall1Coll(function, collation,
										  ObjectIdGetDatum(opcintype)));
}

/*
 * Whether the predicate only leaves out rows in which a key column is NULL,
 * which a unique index never compares anyway.
 */
static bool
predicate_is_not_null(Relation index)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexPredicate(index))
	{
		NullTest   *test = lfirst(lc);
		bool		is_key = false;

		if (!IsA(test, NullTest) || test->nulltesttype != IS_NOT_NULL ||
			!IsA(test->arg, Var))
			return false;
		for (int k = 0; k < index->rd_index->indnkeyatts; k++)
			if (index->rd_index->indkey.values[k] == ((Var *) test->arg)->varattno)
				is_key = true;
		if (!is_key)
			return false;
	}
	return true;
}

/* Whether an index is about all rows and plain columns. */
static bool
index_is_plain(Relation index)
{
	Form_pg_index form = index->rd_index;

	if (!form->indisunique || form->indisexclusion)
		return false;
	for (int k = 0; k < form->indnkeyatts; k++)
		if (form->indkey.values[k] <= 0)
			return false;
	return predicate_is_not_null(index);
}

/*
 * What a plain index asks of the fields.  False if distinct values are not
 * enough, or cannot be made.
 */
static bool
make_unique(Schema *schema, Relation rel, Relation index)
{
	Form_pg_index form = index->rd_index;
	int			n = form->indnkeyatts;
	UniqueSet  *set = palloc(sizeof(UniqueSet));
	bool		enough = form->indimmediate;

	set->nfields = n;
	set->fields = palloc(sizeof(int) * n);
	set->primary = form->indisprimary;
	for (int k = 0; k < n; k++)
	{
		int			i = form->indkey.values[k] - 1;
		Field	   *field = schema->fields[i];

		set->fields[k] = i;
		if (!distinct_means_unequal(index, k, field) ||
			TupleDescAttr(RelationGetDescr(rel), i)->attgenerated != '\0')
			enough = false;
		if (form->indnullsnotdistinct && !field->required)
		{
			/* One NULL would be allowed: none is simpler. */
			if (n == 1)
				field->required = true;
			else
				enough = false;
		}
		if (set->primary)
			schema->primary_key = lappend_int(schema->primary_key, i);
	}
	if (n == 1)
		schema->fields[set->fields[0]]->unique = true;
	else
		schema->uniques = lappend(schema->uniques, set);
	return enough;
}

/*
 * An index that is being built or that failed to be is enforced as soon as
 * inserts maintain it; one of a partitioned table only if it is valid, when
 * every partition has it.
 */
static bool
index_is_enforced(Relation rel, Relation index)
{
	Form_pg_index form = index->rd_index;

	if (!form->indisunique && !form->indisexclusion)
		return false;
	if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		return form->indisvalid;
	return form->indisready;
}

/* Sets that hold a unique field are unique by that alone. */
static void
drop_implied_uniques(Schema *schema)
{
	ListCell   *lc;

	foreach(lc, schema->uniques)
	{
		UniqueSet  *set = lfirst(lc);

		for (int k = 0; k < set->nfields; k++)
			if (schema->fields[set->fields[k]]->unique)
			{
				schema->uniques = foreach_delete_current(schema->uniques, lc);
				break;
			}
	}
}

void
catalog_add_indexes(Schema *schema, Relation rel)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		CHECK_FOR_INTERRUPTS();
		if (index_is_enforced(rel, index) &&
			(!index_is_plain(index) || !make_unique(schema, rel, index)))
			schema->must_probe = lappend_oid(schema->must_probe,
											 RelationGetRelid(index));
		index_close(index, AccessShareLock);
	}
	drop_implied_uniques(schema);
}

/* ---- foreign keys ---- */

/*
 * A key that refers to a partitioned table has a copy for each partition,
 * which says nothing of its own.
 */
static bool
is_copy_for_partition(Oid constraint, Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	HeapTuple	parent;
	Oid			parent_oid;
	bool		copy = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	parent_oid = ((Form_pg_constraint) GETSTRUCT(tuple))->conparentid;
	ReleaseSysCache(tuple);
	if (!OidIsValid(parent_oid))
		return false;
	parent = SearchSysCache1(CONSTROID, ObjectIdGetDatum(parent_oid));
	if (HeapTupleIsValid(parent))
	{
		copy = ((Form_pg_constraint) GETSTRUCT(parent))->conrelid == relid;
		ReleaseSysCache(parent);
	}
	return copy;
}

static bool
matches_full(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		full;

	if (!HeapTupleIsValid(tuple))
		return false;
	full = ((Form_pg_constraint) GETSTRUCT(tuple))->confmatchtype == FKCONSTR_MATCH_FULL;
	ReleaseSysCache(tuple);
	return full;
}

static Reference *
make_reference(const ForeignKeyCacheInfo *key)
{
	Reference  *reference = palloc0(sizeof(Reference));

	reference->name = get_constraint_name(key->conoid);
	reference->relid = key->confrelid;
	reference->self = key->confrelid == key->conrelid;
	reference->full = matches_full(key->conoid);
	reference->ncolumns = key->nkeys;
	reference->fields = palloc(sizeof(int) * key->nkeys);
	reference->attnums = palloc(sizeof(AttrNumber) * key->nkeys);
	for (int k = 0; k < key->nkeys; k++)
	{
		reference->fields[k] = key->conkey[k] - 1;
		reference->attnums[k] = key->confkey[k];
	}
	return reference;
}

/*
 * A field is drawn with the widest of its keys: whoever refers to (tenant,
 * user) thereby refers to a tenant.
 */
static int
compare_references(const ListCell *a, const ListCell *b)
{
	const Reference *x = lfirst(a);
	const Reference *y = lfirst(b);

	if (x->ncolumns != y->ncolumns)
		return y->ncolumns - x->ncolumns;
	return strcmp(x->name, y->name);
}

static void
draw_from_reference(Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);

	for (int k = 0; k < reference->ncolumns; k++)
	{
		Field	   *field = schema->fields[reference->fields[k]];

		if (field->reference >= 0)
			continue;
		field->reference = index;
		field->reference_column = k;
		field->why = psprintf("FOREIGN KEY \"%s\"", reference->name);
	}
}

/* Do these columns hold the same ones?  Then every row satisfies the key. */
static bool
refers_to_itself(const ForeignKeyCacheInfo *key)
{
	bool		same = key->confrelid == key->conrelid;

	for (int k = 0; k < key->nkeys; k++)
		same &= key->conkey[k] == key->confkey[k];
	return same;
}

void
schema_probe_reference(Schema *schema, Relation rel, int reference)
{
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(lc)));
		Form_pg_index form;
		bool		has = false;

		if (!HeapTupleIsValid(tuple))
			continue;
		form = (Form_pg_index) GETSTRUCT(tuple);
		for (int i = 0; form->indisunique && i < form->indnkeyatts; i++)
			has |= form->indkey.values[i] > 0 &&
				schema->fields[form->indkey.values[i] - 1]->reference == reference;
		if (has && form->indnkeyatts > 1)
			schema->must_probe = list_append_unique_oid(schema->must_probe, lfirst_oid(lc));
		ReleaseSysCache(tuple);
	}
}

/*
 * Keys that have a column in common, as that of a tenant: what one of them
 * picks has to suit the other, and is not distinct by construction.
 */
static bool
follows_another(const Schema *schema, int index)
{
	const Reference *reference = list_nth(schema->references, index);

	for (int k = 0; k < reference->ncolumns; k++)
		if (schema->fields[reference->fields[k]]->reference != index)
			return true;
	return false;
}

void
catalog_add_references(Schema *schema, Relation rel)
{
	ListCell   *lc;

	foreach(lc, RelationGetFKeyList(rel))
	{
		ForeignKeyCacheInfo *key = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (COMPAT_FKEY_ENFORCED(key) && !refers_to_itself(key) &&
			!is_copy_for_partition(key->conoid, RelationGetRelid(rel)))
			schema->references = lappend(schema->references, make_reference(key));
	}
	list_sort(schema->references, compare_references);
	for (int i = 0; i < list_length(schema->references); i++)
		draw_from_reference(schema, i);
	for (int i = 0; i < list_length(schema->references); i++)
		if (follows_another(schema, i))
			schema_probe_reference(schema, rel, i);
}
