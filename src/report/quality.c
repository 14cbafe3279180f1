/*-------------------------------------------------------------------------
 *
 * quality.c
 *		The report: every score, the bar that it should reach, and what to do
 *		where it does not.
 *
 * A bar is lowered by what chance alone takes from the score of as many rows
 * of the same distribution, by twice that for a single column or pair, so
 * that small tables are not blamed for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/compliance.h"
#include "report/predict.h"
#include "report/quality.h"
#include "report/records.h"
#include "report/shapes.h"
#include "util/guard.h"
#include "utils/rel.h"

/* To be reached. */
#define BAR_OVERALL			0.98
#define BAR_OVERALL_ALL		0.985
#define BAR_COLUMN			0.95
#define BAR_PAIR			0.90
#define BAR_MISSING			0.97
#define BAR_ADHERENCE		0.95
#define BAR_FORM			0.95
/* As much below what rows of the original would reach. */
#define BAR_NATURAL_LOSS	0.01
/* Not to be exceeded. */
#define BAR_CLASSIFIER		0.60
#define BAR_CLOSEST			0.53
#define BAR_LEARNING_LOSS	0.015

#define CHANCES				2.0
#define MOST_PAIR_COLUMNS	200

/* A mean of scores that are defined, and of what chance takes from them. */
typedef struct Mean
{
	double		score;
	double		chance;
	int			count;
} Mean;

typedef struct Report
{
	const Frame *frame;
	List	   *summary;		/* of QualityRow * */
	List	   *columns;
	List	   *pairs;
	Mean		shapes;
	Mean		trends;
	Mean		all_trends;
	Mean		missing;
	Mean		bounds;
	Mean		categories;
	Mean		forms;
} Report;

/* ---- rows of the report ---- */

typedef enum BarKind
{
	AT_LEAST,
	AT_MOST
} BarKind;

/* The row has its advice only if the score is not defined or misses the bar. */
static void
add_row(List **rows, const char *metric, const char *column, const char *other,
		double score, double bar, BarKind kind, const char *advice)
{
	QualityRow *row = palloc(sizeof(QualityRow));
	bool		missed = kind == AT_LEAST ? score < bar : score > bar;

	row->metric = metric;
	row->column_name = column;
	row->other_column = other;
	row->score = score;
	row->bar = bar;
	row->advice = isnan(score) || missed ? advice : NULL;
	*rows = lappend(*rows, row);
}

static void
mean_add(Mean *mean, double score, double chance)
{
	if (isnan(score))
		return;
	mean->score += score;
	mean->chance += chance;
	mean->count++;
}

static double
mean_score(const Mean *mean)
{
	return mean->count > 0 ? mean->score / mean->count : NAN;
}

static double
mean_chance(const Mean *mean)
{
	return mean->count > 0 ? mean->chance / mean->count : 0;
}

static double
lowered(double bar, double loss)
{
	return isnan(bar) ? NAN : Max(bar - loss, 0);
}

/* ---- columns ---- */

static const char *
shape_advice(const FrameColumn *column, const Likeness *shape)
{
	if (isnan(shape->score))
		return psprintf("Nothing can be compared: column \"%s\" is NULL in every row of one table.",
						column->name);
	if (column->kind == FRAME_CATEGORY)
		return psprintf("Learn column \"%s\" again, or give it an enum with weights: \"%s\" is %.1f %% of the original's values and %.1f %% of the synthetic ones.",
						column->name, column->labels[shape->level],
						100 * shape->original, 100 * shape->synthetic);
	if (value_kind_is_time(column->value_kind))
		return psprintf("Learn column \"%s\" again, or give it a minimum, a maximum and a distribution: its times are spread differently.",
						column->name);
	return psprintf("Learn column \"%s\" again, or give it a distribution: its median is %g in the original and %g in the synthetic table.",
					column->name, shape->original, shape->synthetic);
}

static void
add_shape(Report *report, const FrameColumn *column)
{
	Likeness	shape = shape_of_column(report->frame, column);

	if (column->kind == FRAME_IDENTITY)
		return;
	mean_add(&report->shapes, shape.score, shape.chance);
	add_row(&report->columns, "column shape", column->name, NULL, shape.score,
			lowered(BAR_COLUMN, CHANCES * shape.chance), AT_LEAST, shape_advice(column, &shape));
}

static void
add_missing(Report *report, const FrameColumn *column)
{
	const Frame *frame = report->frame;
	double		n = frame->nrows[FRAME_ORIGINAL];
	double		m = frame->nrows[FRAME_SYNTHETIC];
	double		score = missing_likeness(frame, column);
	double		share = column->nulls[FRAME_ORIGINAL] / Max(n, 1);
	double		chance = sqrt(share * (1 - share) * (1 / Max(n, 1) + 1 / Max(m, 1)));

	mean_add(&report->missing, score, chance);
	add_row(&report->columns, "missing values", column->name, NULL, score,
			lowered(BAR_MISSING, CHANCES * chance), AT_LEAST,
			isnan(score) ? "There are no rows to compare." :
			psprintf("Set \"null_fraction\" of column \"%s\" to %.3f: it is %.3f in the synthetic table.",
					 column->name, share, column->nulls[FRAME_SYNTHETIC] / Max(m, 1)));
}

static void
add_adherence(Report *report, const FrameColumn *column)
{
	double		score = adherence(report->frame, column);
	bool		number = column->kind == FRAME_NUMBER;

	if (column->kind == FRAME_IDENTITY || isnan(score))
		return;
	mean_add(number ? &report->bounds : &report->categories, score, 0);
	add_row(&report->columns, number ? "boundary adherence" : "category adherence",
			column->name, NULL, score, BAR_ADHERENCE, AT_LEAST,
			psprintf(number ? "Give column \"%s\" the minimum and the maximum of the original." :
					 "Give column \"%s\" an enum: it has values that the original does not have.",
					 column->name));
}

static void
add_form(Report *report, const FrameColumn *column)
{
	double		natural;
	double		score = form_share(report->frame, column, &natural);

	if (isnan(score))
		return;
	mean_add(&report->forms, score, 0);
	add_row(&report->columns, "pattern match", column->name, NULL, score,
			Min(BAR_FORM, natural), AT_LEAST,
			psprintf("Give column \"%s\" a pattern or a semantic type: its texts are not formed as the original's.",
					 column->name));
}

static void
add_columns(Report *report)
{
	for (int i = 0; i < report->frame->ncolumns; i++)
	{
		const FrameColumn *column = report->frame->columns[i];

		CHECK_FOR_INTERRUPTS();
		add_shape(report, column);
		add_missing(report, column);
		add_adherence(report, column);
		add_form(report, column);
	}
}

static void
add_lacks(Report *report)
{
	ListCell   *lc;

	foreach(lc, report->frame->lacks)
	{
		const FrameLack *lack = lfirst(lc);

		add_row(&report->columns, "not compared", lack->column, NULL, NAN, NAN, AT_LEAST,
				lack->advice);
	}
}

/* ---- pairs ---- */

static const char *
pair_advice(const FrameColumn *a, const FrameColumn *b, const Likeness *pair)
{
	if (isnan(pair->score))
		return psprintf("Nothing can be compared: column \"%s\" or \"%s\" has one value, or none.",
						a->name, b->name);
	if (a->kind == FRAME_NUMBER && b->kind == FRAME_NUMBER)
		return psprintf("Learn \"%s\" and \"%s\" together, or give one an expression of the other: they correlate by %.2f in the original and by %.2f in the synthetic table.",
						a->name, b->name, pair->original, pair->synthetic);
	return psprintf("Learn \"%s\" and \"%s\" together: their values do not go with each other as in the original.",
					a->name, b->name);
}

static void
add_pair(Report *report, const Pairs *pairs, int first, int second)
{
	const FrameColumn *a = report->frame->columns[first];
	const FrameColumn *b = report->frame->columns[second];
	Likeness	pair = pair_likeness(pairs, first, second);

	mean_add(&report->all_trends, pair.score, pair.chance);
	if (pair.counts)
		mean_add(&report->trends, pair.score, pair.chance);
	add_row(&report->pairs, "pair trend", a->name, b->name, pair.score,
			lowered(BAR_PAIR, CHANCES * pair.chance), AT_LEAST, pair_advice(a, b, &pair));
}

static void
add_pairs(Report *report)
{
	const Frame *frame = report->frame;
	Pairs	   *pairs = pairs_prepare(frame);
	int			ncolumns = Min(frame->ncolumns, MOST_PAIR_COLUMNS);

	for (int i = 0; i < ncolumns; i++)
		for (int j = i + 1; j < ncolumns; j++)
		{
			CHECK_FOR_INTERRUPTS();
			if (frame->columns[i]->kind != FRAME_IDENTITY &&
				frame->columns[j]->kind != FRAME_IDENTITY)
				add_pair(report, pairs, i, j);
		}
}

/* ---- tables ---- */

static const char *
worst_column(List *rows, const char *metric)
{
	const QualityRow *worst = NULL;
	ListCell   *lc;

	foreach(lc, rows)
	{
		const QualityRow *row = lfirst(lc);

		if (strcmp(row->metric, metric) == 0 && !isnan(row->score) &&
			(worst == NULL || row->score < worst->score))
			worst = row;
	}
	if (worst == NULL)
		return "There is nothing to compare.";
	if (worst->other_column != NULL)
		return psprintf("Begin with columns \"%s\" and \"%s\", whose score is the lowest.",
						worst->column_name, worst->other_column);
	return psprintf("Begin with column \"%s\", whose score is the lowest.",
					worst->column_name);
}

static void
add_mean(Report *report, const char *metric, const Mean *mean, double bar,
		 List *rows, const char *parts)
{
	add_row(&report->summary, metric, NULL, NULL, mean_score(mean),
			lowered(bar, mean_chance(mean)), AT_LEAST, worst_column(rows, parts));
}

/* The mean of shapes and trends, of those that there are. */
static void
add_overall(Report *report, const char *metric, const Mean *trends, double bar)
{
	Mean		both = {0};

	mean_add(&both, mean_score(&report->shapes), mean_chance(&report->shapes));
	mean_add(&both, mean_score(trends), mean_chance(trends));
	if (mean_score(trends) < mean_score(&report->shapes))
		add_mean(report, metric, &both, bar, report->pairs, "pair trend");
	else
		add_mean(report, metric, &both, bar, report->columns, "column shape");
}

static void
add_means(Report *report)
{
	add_overall(report, "overall", &report->trends, BAR_OVERALL);
	add_mean(report, "column shapes", &report->shapes, BAR_OVERALL, report->columns,
			 "column shape");
	if (report->trends.count > 0)
		add_mean(report, "pair trends", &report->trends, BAR_OVERALL, report->pairs,
				 "pair trend");
	else
		add_row(&report->summary, "pair trends", NULL, NULL, NAN, BAR_OVERALL, AT_LEAST,
				"No two columns of the original depend on each other enough to count here.");
	add_overall(report, "overall, all pairs", &report->all_trends, BAR_OVERALL_ALL);
	add_mean(report, "pair trends, all pairs", &report->all_trends, BAR_OVERALL,
			 report->pairs, "pair trend");
	add_mean(report, "missing values", &report->missing, BAR_MISSING, report->columns,
			 "missing values");
	if (report->bounds.count > 0)
		add_mean(report, "boundary adherence", &report->bounds, BAR_ADHERENCE,
				 report->columns, "boundary adherence");
	if (report->categories.count > 0)
		add_mean(report, "category adherence", &report->categories, BAR_ADHERENCE,
				 report->columns, "category adherence");
	if (report->forms.count > 0)
		add_mean(report, "pattern match", &report->forms, BAR_FORM, report->columns,
				 "pattern match");
}

static void
add_compliance(Report *report, const Schema *schema, const char *obstacle)
{
	Compliance	judged = {.types = NAN,.constraints = NAN};
	const char *none = obstacle != NULL ? obstacle : "There are no rows to judge.";

	if (obstacle == NULL)
		judged = compliance_judge(report->frame, schema);
	add_row(&report->summary, "schema compliance", NULL, NULL, judged.types, 1, AT_LEAST,
			judged.types_worst == NULL ? none :
			psprintf("Make values that satisfy %s; no other rule is broken by more rows.",
					 judged.types_worst));
	add_row(&report->summary, "constraint adherence", NULL, NULL, judged.constraints, 1,
			AT_LEAST, judged.constraints_worst == NULL ? none :
			psprintf("Make rows that satisfy %s; no other constraint is broken by more rows.",
					 judged.constraints_worst));
}

static void
add_new_rows(Report *report)
{
	double		natural;
	double		score = new_row_share(report->frame, &natural);

	add_row(&report->summary, "new rows", NULL, NULL, score,
			lowered(natural, BAR_NATURAL_LOSS), AT_LEAST,
			isnan(score) ? "There is nothing to compare." :
			psprintf("Leave out the synthetic rows that are in the original: of its own rows, %.1f %% have no twin.",
					 100 * natural));
}

static void
add_classifier(Report *report)
{
	Telling		telling = predict_side(report->frame);

	add_row(&report->summary, "classifier AUC", NULL, NULL, telling.auc, BAR_CLASSIFIER,
			AT_MOST, isnan(telling.auc) ? "Compare at least 50 rows of each table." :
			telling.column_auc > BAR_CLASSIFIER ?
			psprintf("Look at column \"%s\": it alone tells synthetic rows by an AUC of %.2f.",
					 telling.column, telling.column_auc) :
			"Learn the columns together: no single one tells synthetic rows, but several do.");
}

static void
add_closest(Report *report)
{
	const Frame *frame = report->frame;
	double		score = closest_share(frame);
	double		rows = Max(Min(frame->nrows[FRAME_SYNTHETIC], 2000), 1);
	double		chance = 0.5 / sqrt(rows);

	add_row(&report->summary, "closest records", NULL, NULL, score,
			Min(Max(BAR_CLOSEST, 0.5 + CHANCES * chance), 1), AT_MOST,
			isnan(score) ? "Compare at least 20 rows of the original and the hold-out." :
			"Learn again with privacy => 'strict': synthetic rows lie nearer to the rows learned from than to others.");
}

/* ---- prediction ---- */

static const FrameColumn *
find_target(const Frame *frame, const char *name)
{
	for (int i = 0; i < frame->ncolumns; i++)
		if (strcmp(frame->columns[i]->name, name) == 0)
			return frame->columns[i];
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" to predict is not in both tables", name),
			 errhint("\"predict\" names a column that the original and the synthetic table have and the caller may read.")));
	return NULL;				/* not reached */
}

static void
add_prediction(Report *report, const FrameColumn *target)
{
	Usefulness	useful = {.measure = "AUC",.original = NAN,.synthetic = NAN};
	const char *advice = "Give a hold-out with this column: what was learned has to be judged by other rows.";

	if (target->attribute[FRAME_HOLDOUT] >= 0)
	{
		if (target->kind != FRAME_IDENTITY)
			useful = predict_column(report->frame, target);
		advice = isnan(useful.synthetic) ?
			"Predict a column of numbers or of few values, in 50 rows of each table at least." :
			psprintf("Learn \"%s\" together with the other columns: less can be learned of it from the synthetic rows.",
					 target->name);
	}
	add_row(&report->summary, psprintf("trained on original (%s)", useful.measure),
			target->name, NULL, useful.original, NAN, AT_LEAST, advice);
	add_row(&report->summary, psprintf("trained on synthetic (%s)", useful.measure),
			target->name, NULL, useful.synthetic, useful.original - BAR_LEARNING_LOSS,
			AT_LEAST, advice);
}

/* ---- the report ---- */

typedef struct Preparation
{
	Schema	   *schema;
	Faults		faults;
} Preparation;

static void
prepare_schema(void *argument)
{
	Preparation *preparation = argument;

	schema_prepare(preparation->schema, &preparation->faults);
}

/* Completes what the catalog says; why the rules cannot be judged, or NULL. */
static const char *
prepare(Schema *schema)
{
	Preparation preparation = {.schema = schema,.faults = {.collect = true}};
	ErrorData  *error;

	if (!guard_call(prepare_schema, &preparation, &error))
		return psprintf("The rules of the original cannot be judged: %s.", error->message);
	if (preparation.faults.list != NIL)
		return psprintf("The rules of the original cannot be judged: %s.",
						((Fault *) linitial(preparation.faults.list))->problem);
	return NULL;
}

static void
require_columns(const Frame *frame)
{
	if (frame->ncolumns > 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" and \"%s\" have no column in common that can be compared",
					RelationGetRelationName(frame->relations[FRAME_ORIGINAL]),
					RelationGetRelationName(frame->relations[FRAME_SYNTHETIC])),
			 frame->lacks == NIL ? 0 :
			 errdetail("%s", ((FrameLack *) linitial(frame->lacks))->advice)));
}

List *
quality_report(Relation original, Relation synthetic, Relation holdout,
			   const char *predict)
{
	Report		report = {0};
	Schema	   *schema = schema_from_relation(original, false);
	const char *obstacle = prepare(schema);
	const FrameColumn *target = NULL;

	report.frame = frame_build(original, synthetic, holdout, schema);
	require_columns(report.frame);
	if (predict != NULL)
		target = find_target(report.frame, predict);
	add_lacks(&report);
	add_columns(&report);
	add_pairs(&report);
	add_means(&report);
	add_compliance(&report, schema, obstacle);
	add_new_rows(&report);
	add_classifier(&report);
	if (holdout != NULL)
		add_closest(&report);
	if (target != NULL)
		add_prediction(&report, target);
	return list_concat(list_concat(report.summary, report.columns), report.pairs);
}
