/*-------------------------------------------------------------------------
 *
 * predict.c
 *		What a model learns from the rows: whether one is real, and what a
 *		column of it is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"
#include "compat.h"

#include <math.h>

#include "miscadmin.h"
#include "report/predict.h"

#define LEAST_ROWS		50		/* of a side */
#define FOLDS			2
/* Classes that are told apart; rarer ones are always mistaken. */
#define MOST_CLASSES	12

/* ---- real or synthetic ---- */

/* Rows of both sides in turn, so that every fold has as many of each. */
typedef struct Trial
{
	const Features *features;
	int			count;
	int		   *rows;
	double	   *targets;
} Trial;

static Trial
mix_sides(const Frame *frame, const Features *features)
{
	Trial		trial = {.features = features};
	int			each = features_rows(features, Min(frame->nrows[FRAME_ORIGINAL],
												   frame->nrows[FRAME_SYNTHETIC]));
	int		   *original = frame_pick(frame, FRAME_ORIGINAL, each);
	int		   *synthetic = frame_pick(frame, FRAME_SYNTHETIC, each);

	trial.rows = palloc(sizeof(int) * Max(2 * each, 1));
	trial.targets = palloc(sizeof(double) * Max(2 * each, 1));
	for (int i = 0; i < each; i++)
	{
		trial.targets[trial.count] = 0;
		trial.rows[trial.count++] = original[i] + features->first[FRAME_ORIGINAL];
		trial.targets[trial.count] = 1;
		trial.rows[trial.count++] = synthetic[i] + features->first[FRAME_SYNTHETIC];
	}
	pfree(original);
	pfree(synthetic);
	return trial;
}

/* Learns from one half of the trial, judges by the other, and the other way round. */
static double
telling_auc(const Trial *trial)
{
	const BoostFeature *features = trial->features->features;
	int			nfeatures = trial->features->nfeatures;
	int			half = trial->count / 4 * 2;
	double	   *scores = palloc(sizeof(double) * trial->count);
	bool	   *labels = palloc(sizeof(bool) * trial->count);
	double		sum = 0;

	for (int fold = 0; fold < FOLDS; fold++)
	{
		int			train = fold == 0 ? 0 : half;
		int			ntrain = fold == 0 ? half : trial->count - half;
		int			test = fold == 0 ? half : 0;
		int			ntest = trial->count - ntrain;
		BoostModel *model = boost_train(features, nfeatures, trial->rows + train,
										trial->targets + train, ntrain, BOOST_LOGISTIC);

		for (int i = 0; i < ntest; i++)
		{
			scores[i] = boost_score(model, features, trial->rows[test + i]);
			labels[i] = trial->targets[test + i] > 0.5;
		}
		sum += boost_auc(scores, labels, ntest);
		pfree(model);
	}
	pfree(scores);
	pfree(labels);
	return sum / FOLDS;
}

/*
 * A quick look at one feature: the bins' shares of synthetic rows in one half
 * of the trial are the scores of the other.
 */
static double
column_auc(const Trial *trial, int feature)
{
	const uint8 *bins = trial->features->features[feature].bins;
	int			half = trial->count / 4 * 2;
	double		shares[BOOST_BINS] = {0};
	int			counts[BOOST_BINS] = {0};
	double	   *scores = palloc(sizeof(double) * trial->count);
	bool	   *labels = palloc(sizeof(bool) * trial->count);
	double		auc;

	for (int i = 0; i < half; i++)
	{
		shares[bins[trial->rows[i]]] += trial->targets[i];
		counts[bins[trial->rows[i]]]++;
	}
	for (int i = half; i < trial->count; i++)
	{
		int			bin = bins[trial->rows[i]];

		scores[i - half] = (shares[bin] + 0.5) / (counts[bin] + 1);
		labels[i - half] = trial->targets[i] > 0.5;
	}
	auc = boost_auc(scores, labels, trial->count - half);
	pfree(scores);
	pfree(labels);
	return auc;
}

Telling
predict_side(const Frame *frame)
{
	Telling		telling = {.auc = NAN,.column_auc = 0};
	Features   *features;
	Trial		trial;

	if (Min(frame->nrows[FRAME_ORIGINAL], frame->nrows[FRAME_SYNTHETIC]) < LEAST_ROWS ||
		frame->ncolumns == 0)
		return telling;
	features = features_make(frame, false, NULL);
	trial = mix_sides(frame, features);
	telling.auc = telling_auc(&trial);
	for (int i = 0; i < features->nfeatures; i++)
	{
		double		auc = column_auc(&trial, i);

		CHECK_FOR_INTERRUPTS();
		if (auc > telling.column_auc)
		{
			telling.column = features->columns[i]->name;
			telling.column_auc = auc;
		}
	}
	return telling;
}

/* ---- a column from the others ---- */

/* The rows of a side in which the target is not missing; at most so many. */
static int
known_rows(const Frame *frame, const FrameColumn *target, FrameSide side, int most,
		   int **rows)
{
	int			count = 0;

	*rows = frame_pick(frame, side, frame->nrows[side]);
	for (int i = 0; i < frame->nrows[side] && count < most; i++)
		if (!frame_is_null(target, frame, side, (*rows)[i]))
			(*rows)[count++] = (*rows)[i];
	return count;
}

typedef struct Lesson
{
	const Features *features;
	const FrameColumn *target;
	FrameSide	side;			/* learned from */
	int			nrows;
	int		   *rows;
	int			ntests;			/* rows of the hold-out */
	int		   *tests;
} Lesson;

/* Learns targets from a side; the scores of the tests, in the current context. */
static double *
learn_scores(const Lesson *lesson, const double *targets, BoostLoss loss)
{
	const Features *features = lesson->features;
	int		   *rows = palloc(sizeof(int) * lesson->nrows);
	double	   *scores = palloc(sizeof(double) * lesson->ntests);
	BoostModel *model;

	for (int i = 0; i < lesson->nrows; i++)
		rows[i] = lesson->rows[i] + features->first[lesson->side];
	model = boost_train(features->features, features->nfeatures, rows, targets,
						lesson->nrows, loss);
	for (int i = 0; i < lesson->ntests; i++)
		scores[i] = boost_score(model, features->features,
								lesson->tests[i] + features->first[FRAME_HOLDOUT]);
	pfree(model);
	pfree(rows);
	return scores;
}

static double *
level_targets(const Lesson *lesson, int code)
{
	double	   *targets = palloc(sizeof(double) * lesson->nrows);

	for (int i = 0; i < lesson->nrows; i++)
		targets[i] = lesson->target->codes[lesson->side][lesson->rows[i]] == code;
	return targets;
}

static double
judge_number(const Lesson *lesson)
{
	const double *numbers = lesson->target->numbers[lesson->side];
	const double *truth = lesson->target->numbers[FRAME_HOLDOUT];
	double	   *targets = palloc(sizeof(double) * lesson->nrows);
	double	   *scores;
	double		mean = 0;
	double		error = 0;
	double		spread = 0;

	for (int i = 0; i < lesson->nrows; i++)
		targets[i] = numbers[lesson->rows[i]];
	scores = learn_scores(lesson, targets, BOOST_SQUARED);
	for (int i = 0; i < lesson->ntests; i++)
		mean += truth[lesson->tests[i]] / lesson->ntests;
	for (int i = 0; i < lesson->ntests; i++)
	{
		double		value = truth[lesson->tests[i]];

		error += (value - scores[i]) * (value - scores[i]);
		spread += (value - mean) * (value - mean);
	}
	return spread > 0 ? 1 - error / spread : NAN;
}

static double
judge_two_levels(const Lesson *lesson, int code)
{
	const int32 *truth = lesson->target->codes[FRAME_HOLDOUT];
	double	   *scores = learn_scores(lesson, level_targets(lesson, code), BOOST_LOGISTIC);
	bool	   *labels = palloc(sizeof(bool) * lesson->ntests);

	for (int i = 0; i < lesson->ntests; i++)
		labels[i] = truth[lesson->tests[i]] == code;
	return boost_auc(scores, labels, lesson->ntests);
}

/* One model a class, and the surest wins. */
static double
judge_levels(const Lesson *lesson, const int *codes, int ncodes)
{
	const int32 *truth = lesson->target->codes[FRAME_HOLDOUT];
	double	   *best = palloc(sizeof(double) * lesson->ntests);
	int		   *chosen = palloc(sizeof(int) * lesson->ntests);
	int			right = 0;

	for (int c = 0; c < ncodes; c++)
	{
		double	   *scores = learn_scores(lesson, level_targets(lesson, codes[c]),
										  BOOST_LOGISTIC);

		for (int i = 0; i < lesson->ntests; i++)
			if (c == 0 || scores[i] > best[i])
			{
				best[i] = scores[i];
				chosen[i] = codes[c];
			}
		pfree(scores);
	}
	for (int i = 0; i < lesson->ntests; i++)
		right += chosen[i] == truth[lesson->tests[i]];
	return (double) right / lesson->ntests;
}

/* The hold-out's most frequent levels, the most frequent first. */
static int
common_levels(const Frame *frame, const FrameColumn *target, int *codes)
{
	int		   *counts = palloc0(sizeof(int) * Max(target->nlevels, 1));
	int			ncodes = 0;

	for (int row = 0; row < frame->nrows[FRAME_HOLDOUT]; row++)
		if (target->codes[FRAME_HOLDOUT][row] >= 0)
			counts[target->codes[FRAME_HOLDOUT][row]]++;
	while (ncodes < MOST_CLASSES)
	{
		int			best = -1;

		for (int i = 0; i < target->nlevels; i++)
			if (counts[i] > 0 && (best < 0 || counts[i] > counts[best]))
				best = i;
		if (best < 0)
			break;
		codes[ncodes++] = best;
		counts[best] = 0;
	}
	return ncodes;
}

static double
judge(const Lesson *lesson, const int *codes, int ncodes)
{
	if (lesson->target->kind == FRAME_NUMBER)
		return judge_number(lesson);
	if (ncodes == 2)
		return judge_two_levels(lesson, codes[0]);
	return judge_levels(lesson, codes, ncodes);
}

Usefulness
predict_column(const Frame *frame, const FrameColumn *target)
{
	Usefulness	useful = {.measure = "R2",.original = NAN,.synthetic = NAN};
	Features   *features = features_make(frame, true, target);
	Lesson		lesson = {.features = features,.target = target};
	int			codes[MOST_CLASSES];
	int			ncodes = 0;
	int			counts[FRAME_SIDES];
	int		   *rows[FRAME_SIDES];
	int			most;

	if (target->kind == FRAME_CATEGORY)
	{
		ncodes = common_levels(frame, target, codes);
		useful.measure = ncodes == 2 ? "AUC" : "accuracy";
	}
	for (int side = 0; side < FRAME_SIDES; side++)
		counts[side] = known_rows(frame, target, side,
								  features_rows(features, frame->nrows[side]), &rows[side]);
	most = Min(counts[FRAME_ORIGINAL], counts[FRAME_SYNTHETIC]);
	if (Min(most, counts[FRAME_HOLDOUT]) < LEAST_ROWS || features->nfeatures == 0 ||
		(target->kind == FRAME_CATEGORY && ncodes < 2))
		return useful;
	lesson.nrows = most;
	lesson.ntests = counts[FRAME_HOLDOUT];
	lesson.tests = rows[FRAME_HOLDOUT];
	lesson.rows = rows[FRAME_ORIGINAL];
	useful.original = judge(&lesson, codes, ncodes);
	lesson.side = FRAME_SYNTHETIC;
	lesson.rows = rows[FRAME_SYNTHETIC];
	useful.synthetic = judge(&lesson, codes, ncodes);
	return useful;
}
