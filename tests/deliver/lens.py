"""The Well-Architected Tool with its limits, as far as deliveries can meet them: `python tests/deliver/lens.py`.

Its state is `{workload id: workload}`, each with its answers by question and its milestones' names. Settings: `deny`
operations that are denied, `conflicts` so many updates that meet another writer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from modeled import Api, RefusalError, serve

LIMITS = {"Notes": 2084, "MilestoneName": 100, "WorkloadName": 100, "Description": 250, "ReviewOwner": 255}
NO_SUCH = "ResourceNotFoundException"


def list_workloads(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "ListWorkloads", params)
    prefix = params.get("WorkloadNamePrefix", "").lower()
    found = [
        {"WorkloadId": identity, "WorkloadName": one["name"]}
        for identity, one in sorted(api.state.items())
        if one["name"].lower().startswith(prefix)
    ]
    return _page("WorkloadSummaries", found, params)


def create_workload(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "CreateWorkload", params)
    if not params.get("ReviewOwner") or not params.get("AwsRegions"):
        raise RefusalError("ValidationException", "ReviewOwner and AwsRegions are needed")
    identity = f"{len(api.state) + 1:032x}"
    questions = api.settings["questions"]
    api.state[identity] = {
        "name": params["WorkloadName"],
        "lenses": params["Lenses"],
        "answers": questions,
        "milestones": [],
        "made": params,
    }
    return {"WorkloadId": identity, "WorkloadArn": f"arn:aws:wellarchitected:eu-west-1:1:workload/{identity}"}


def list_lens_reviews(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "ListLensReviews", params)
    lenses = [{"LensAlias": alias} for alias in _workload(api, params)["lenses"]]
    return {"WorkloadId": params["WorkloadId"]} | _page("LensReviewSummaries", lenses, params)


def list_answers(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "ListAnswers", params)
    left_out = ("Notes", "ChoiceAnswers")
    answers = [
        {k: v for k, v in one.items() if k not in left_out} for one in _workload(api, params)["answers"].values()
    ]
    return {"WorkloadId": params["WorkloadId"]} | _page("AnswerSummaries", answers, params)


def get_answer(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "GetAnswer", params)
    return {"WorkloadId": params["WorkloadId"], "Answer": _answer(api, params)}


def update_answer(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "UpdateAnswer", params)
    if api.settings.get("conflicts", 0):
        api.settings["conflicts"] -= 1
        raise RefusalError("ConflictException", "somebody else is writing", 409)
    answer = _answer(api, params)
    known = {one["ChoiceId"] for one in answer["Choices"]}
    changes = params.get("ChoiceUpdates", {})
    if not known.issuperset(changes):
        raise RefusalError("ValidationException", f"no such choices: {sorted(set(changes) - known)}")
    if any(len(one.get("Notes", "")) > 250 for one in changes.values()):
        raise RefusalError("ValidationException", "the notes of a choice are over 250 characters")
    if "SelectedChoices" in params:
        answer["SelectedChoices"] = params["SelectedChoices"]
    selected = dict.fromkeys(answer["SelectedChoices"])
    there = {one["ChoiceId"]: one for one in answer["ChoiceAnswers"]}
    for choice, change in changes.items():
        there[choice] = {"ChoiceId": choice, **change}
        selected.pop(choice, None)
        if change["Status"] == "SELECTED":
            selected[choice] = None
    answer |= {"SelectedChoices": list(selected), "ChoiceAnswers": list(there.values())}
    if "Notes" in params:
        answer["Notes"] = params["Notes"]
    return {"WorkloadId": params["WorkloadId"], "Answer": answer}


def create_milestone(api: Api, _region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, "CreateMilestone", params)
    milestones = _workload(api, params)["milestones"]
    if params["MilestoneName"] in milestones:
        raise RefusalError("ConflictException", "a milestone of this name exists", 409)
    milestones.append(params["MilestoneName"])
    return {"WorkloadId": params["WorkloadId"], "MilestoneNumber": len(milestones)}


def _gate(api: Api, operation: str, params: dict[str, Any]) -> None:
    if operation in api.settings.get("deny", ()):
        raise RefusalError("AccessDeniedException", f"not authorized to perform: wellarchitected:{operation}", 403)
    for name, most in LIMITS.items():
        if len(params.get(name, "")) > most:
            raise RefusalError("ValidationException", f"{name} is over {most} characters")
    if params.get("MaxResults", 1) > 50:
        raise RefusalError("ValidationException", "MaxResults is over 50")


def _workload(api: Api, params: dict[str, Any]) -> Any:
    if params["WorkloadId"] not in api.state:
        raise RefusalError(NO_SUCH, "there is no such workload", 404)
    return api.state[params["WorkloadId"]]


def _answer(api: Api, params: dict[str, Any]) -> Any:
    workload = _workload(api, params)
    if params["LensAlias"] not in workload["lenses"] or params["QuestionId"] not in workload["answers"]:
        raise RefusalError(NO_SUCH, "there is no such question", 404)
    return workload["answers"][params["QuestionId"]]


def _page(key: str, items: list[Any], params: dict[str, Any]) -> dict[str, Any]:
    start = int(params.get("NextToken") or 0)
    end = start + params.get("MaxResults", 2)
    return {key: items[start:end]} | ({"NextToken": str(end)} if end < len(items) else {})


if __name__ == "__main__":
    handlers = {
        "ListWorkloads": list_workloads,
        "CreateWorkload": create_workload,
        "ListLensReviews": list_lens_reviews,
        "ListAnswers": list_answers,
        "GetAnswer": get_answer,
        "UpdateAnswer": update_answer,
        "CreateMilestone": create_milestone,
    }
    serve(Api("wellarchitected", handlers, {}))
